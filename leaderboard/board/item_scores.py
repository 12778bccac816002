"""The values of single items in a task's main score, for several runs at once."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from counsel_leaderboard.leaderboard.store.database import Store, frame

VALUES = """
SELECT item, stratum, run_id, value FROM headline_items
WHERE task = $task AND list_contains($runs, run_id) ORDER BY item, run_id
"""


def item_scores(store: Store, task: str, runs: Sequence[str]) -> pl.DataFrame:
    """One row an item that the main score of a task covers: item, stratum, spread, and a column for each run with its value.

    Null where an item was not scored or not asked. spread: the largest difference between two runs, null with fewer than two
    values. Items on which the runs differ most stand first. No rows where none of the runs has the task.
    """
    with store.reading() as cursor:
        values = frame(cursor, VALUES, {"task": task, "runs": list(runs)})
    if values.is_empty():
        return pl.DataFrame(schema={"item": pl.String, "stratum": pl.String, "spread": pl.Float64})
    wide = values.pivot(on="run_id", index=["item", "stratum"], values="value", aggregate_function="first")
    present = [pl.col(run) for run in runs if run in wide.columns]
    absent = [pl.lit(None, pl.Float64).alias(run) for run in runs if run not in wide.columns]
    scored = pl.sum_horizontal(column.is_not_null() for column in present)
    spread = pl.when(scored > 1).then(pl.max_horizontal(present) - pl.min_horizontal(present))
    return wide.with_columns(*absent, spread=spread).sort("spread", "item", descending=[True, False], nulls_last=True)
