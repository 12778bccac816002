"""The seam between the store and the statistics: intervals for a run's scores, computed once when it is stored."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

# As leaderboard.ranking.intervals: item frame and task frame in, one row a run, task and metric out with `low` and `high`.
Intervals = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]

RULE = ("task", "metric", "combine", "higher_is_better", "lo", "hi")
KEY = ("run_id", "task", "metric")


def with_intervals(scores: pl.DataFrame, items: pl.DataFrame, intervals: Intervals | None) -> pl.DataFrame:
    """`scores` with `low` and `high`: null where a value is no mean of its items, or where no statistics are given."""
    rules = scores.filter(pl.col("combine").is_not_null() & pl.col("value").is_not_null()).select(RULE)
    if intervals is None or rules.is_empty():
        return scores.with_columns(low=pl.lit(None, dtype=pl.Float64), high=pl.lit(None, dtype=pl.Float64))
    found = intervals(items.join(rules, on=["task", "metric"], how="semi"), rules)
    return scores.join(found.select(*KEY, "low", "high"), on=KEY, how="left", maintain_order="left")
