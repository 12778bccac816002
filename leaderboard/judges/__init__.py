"""What is known about judges, and what follows for the scores that they gave.

A judge sits its exam (`counsel judge check`): replies of known worth, asked through the tasks' own rubrics. `exam_run` reads
its answers, `exam_measures` computes what they show, each measure with an interval, and `card` keeps both under
`$COUNSEL_HOME/judges/<id>/`: `exam.json` and `outcomes.jsonl` as the exam wrote them, `card.json` derived from them.
`thresholds` holds a card against `bar.toml`, task by task, and `qualification` is what the board asks: may scores by this
judge be ranked? Where people rated a set of replies, `human_ratings` reads the judge's verdicts on them and `human_agreement`
says how well the two agree.
"""
