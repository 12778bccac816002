"""The judge's exam: replies whose worth is known, put to a judge through the real rubrics.

`python -m counsel_leaderboard.tasks.judge exam FOLDER` runs it.

`sheet` says what is asked, `transforms` how a reply is padded, restyled or given instructions, `marks` what a verdict is worth,
`sitting` asks and writes. `rated` reads replies that
people rated, `humans` has the judge rate them too. What the answers say about the judge is computed in `leaderboard.judges`.
"""
