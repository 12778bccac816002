"""Connects the store to the statistics: intervals for a run's scores, computed once when the run is stored."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from counsel_leaderboard.leaderboard.statistics.intervals import intervals

# As leaderboard.statistics.intervals.intervals: takes an item frame and a task frame, gives one row per run, task and metric.
Intervals = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]

RULE = ("task", "metric", "combine", "higher_is_better", "lo", "hi")
KEY = ("run_id", "task", "metric")


ADDED: dict[str, type[pl.DataType]] = {
    "low": pl.Float64,
    "high": pl.Float64,
    "method": pl.String,
    "conservative": pl.Boolean,
    "note": pl.String,
    "bound_low": pl.Float64,
    "bound_high": pl.Float64,
}


def with_intervals(scores: pl.DataFrame, items: pl.DataFrame, intervals: Intervals | None = intervals) -> pl.DataFrame:
    """`scores`, a frame of the store's table of that name, with `low`, `high` and the method that gave them.

    They are null where a value is not a mean of its items, or where `intervals` is None.
    """
    rules = scores.filter(pl.col("combine").is_not_null() & pl.col("value").is_not_null()).select(RULE)
    computed = pl.DataFrame(schema={**dict.fromkeys(KEY, pl.String), **ADDED})
    if intervals is not None and not rules.is_empty():
        given = intervals(items.join(rules, on=["task", "metric"], how="semi"), rules)
        computed = pl.concat(
            [computed, given.select(pl.col(name) for name in computed.columns if name in given.columns)], how="diagonal"
        )
    added = computed.rename({"method": "interval"})
    blank = scores.rename({"note": "own_note"}).drop(added.drop(*KEY, "note").columns)
    joined = blank.join(added, on=KEY, how="left", maintain_order="left")
    return joined.with_columns(note=pl.coalesce("note", "own_note")).select(scores.columns)
