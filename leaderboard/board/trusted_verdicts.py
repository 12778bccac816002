"""Whose verdict may open a reply to a risk item: a qualified judge's in a run of this host, or people's in a recorded one."""

from __future__ import annotations

from counsel_leaderboard.leaderboard.judges.qualification import decision
from counsel_leaderboard.leaderboard.judges.qualification.decision import Judging
from counsel_leaderboard.leaderboard.store.database import Store, frame

# What an author states of its own run proves nothing, and a retracted run's verdicts may be what it was retracted for.
OWN = """
SELECT task, judge, judge_revision, tasks.settings->>'$.judge.rubric' AS rubric,
    tasks.settings->>'$.judge.prompt_version' AS prompt_version, judged, engine = 'recorded' AS recorded
FROM runs JOIN tasks USING (run_id)
WHERE run_id = $run_id AND NOT self_reported AND run_id NOT IN (SELECT run_id FROM retractions)
ORDER BY task
"""


def trusted_tasks(store: Store, run_id: str) -> frozenset[str]:
    """The tasks of a stored run in which a verdict may say that a reply to a risk item was appropriate.

    None for a self-reported or retracted run. Of other runs the judged tasks whose judge may rank them now, by its card or, of
    published labels, by theirs; and the tasks without a judge of a recorded run, which only the host adds, and in which people
    rated the session. Raises ThresholdsError, ExamError.
    """
    rule = decision.of_home(store.home)
    with store.reading() as cursor:
        rows = frame(cursor, OWN, {"run_id": run_id}).to_dicts()
    return frozenset(
        row["task"]
        for row in rows
        if (row["judged"] and row["judge"] is not None and rule(_judging(row)) is None)
        or (not row["judged"] and row["recorded"])
    )


def _judging(row: dict[str, str | None]) -> Judging:
    return Judging(str(row["task"]), str(row["judge"]), row["judge_revision"], row["rubric"], row["prompt_version"])
