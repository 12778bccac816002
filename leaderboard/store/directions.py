"""Which end of a metric's range is better: what a stored run says, unless the installed task calls the metric descriptive."""

from __future__ import annotations

import polars as pl

from counsel_leaderboard.registry.manifests import metric_tables


def without_descriptive(rows: pl.DataFrame, metric: str = "metric") -> pl.DataFrame:
    """The frame with `higher_is_better` null in each row whose task (`task`) says that its metric is descriptive.

    metric: the column with the metric's full name.
    """
    tables = metric_tables()
    known = [(task, name) for task, table in tables.items() for name, facts in table.items() if facts.descriptive]
    described = pl.any_horizontal(
        pl.lit(False), *((pl.col("task") == task) & (pl.col(metric) == name) for task, name in known)
    )  # fmt: skip
    return rows.with_columns(pl.when(~described).then("higher_is_better"))
