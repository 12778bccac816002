"""How one column of the board came about: every stored score of a task, in order of time."""

from __future__ import annotations

import polars as pl

from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.registry.manifests import Source

SCORES = """
SELECT runs.run_id, runs.model, runs.role, runs.judge, runs.self_reported, runs.started_at, tasks.task_version,
    tasks.dataset_fingerprint, tasks.sample, scores.value, scores.low, scores.high, scores.n_items, scores.n_unscored,
    scores.n_total, scores.bound_low, scores.bound_high, retractions.reason AS retraction
FROM scores JOIN runs USING (run_id) JOIN tasks USING (run_id, task) LEFT JOIN retractions USING (run_id)
WHERE scores.task = $task AND scores.headline AND runs.source = $source AND scores.value IS NOT NULL
ORDER BY runs.started_at, runs.run_id
"""


def column_history(store: Store, task: str, source: Source) -> pl.DataFrame:
    """One row a stored run with a value on the task's main score, oldest first, on the board or not.

    run_id, model, role, judge, self_reported, started_at, task_version, dataset_fingerprint, sample, value, low, high, n_items,
    n_unscored, n_total, bound_low, bound_high, retraction (its reason, null unless it was withdrawn); changed: whether the
    task's version, its items or the judge differ from those of the row before. A row without a judge changes no judge.
    """
    with store.reading() as cursor:
        rows = frame(cursor, SCORES, {"task": task, "source": source})
    judge = pl.col("judge").forward_fill()
    conditions = [pl.col("task_version"), pl.col("dataset_fingerprint"), judge]
    changes = [column.ne_missing(column.shift(1)) & column.shift(1).is_not_null() for column in conditions]
    return rows.with_columns(changed=pl.any_horizontal(changes))
