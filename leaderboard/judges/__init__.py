"""Judges: their exams, their agreement with people, and whether their scores may be ranked.

`counsel judge check` gives a judge its exam: replies of known quality, judged by the tasks' own rubrics. `qualification` reads
the answers, computes each measure with an interval and compares it with `thresholds.toml`: may its scores be ranked?
`card` stores both under `$COUNSEL_HOME/judges/<id>/`: `exam.json` and `outcomes.jsonl` as the exam wrote them, and the
`card.json` that is derived from them. Where people rated a set of replies, `human_ratings` reads the judge's verdicts on them
and `human_agreement` computes how well the two agree.
"""
