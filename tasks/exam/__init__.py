"""The judge's exam: replies of known quality, shown to a judge with the tasks' own rubrics.

`python -m counsel_leaderboard.tasks.judge exam FOLDER` runs it.

`exam_questions` builds the questions, `transforms` pads, restyles or injects instructions into a reply, `dialogues` asks about
whole dialogues, and `exam_run` asks the judge and writes the files. `rated_replies` reads replies that people rated, and
`human_ratings` has the judge rate them too. Statistics about the judge are computed in `leaderboard.judges`.
"""
