"""Item and task frames from small tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

SCHEMA = {
    **dict.fromkeys(("run_id", "task", "metric", "stratum", "cluster", "item"), pl.String),
    **dict.fromkeys(("value", "weight"), pl.Float64),
}
# (stratum, cluster, value) of one item, or with a weight as well.
Row = tuple[str, str, float | None] | tuple[str, str, float | None, float]


def items(runs: Mapping[str, Sequence[Row]], task: str = "t", metric: str = "m") -> pl.DataFrame:
    """Each run's items in one order; items are numbered by their place, so runs share them."""
    rows = [
        (run, task, metric, row[0], row[1], f"i{number:03d}", row[2], row[3] if len(row) == 4 else 1.0)
        for run, values in runs.items()
        for number, row in enumerate(values)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def singles(runs: Mapping[str, Sequence[float | None]], task: str = "t") -> pl.DataFrame:
    """One stratum, one item a cluster."""
    return items({run: [("all", f"c{i:03d}", value) for i, value in enumerate(values)] for run, values in runs.items()}, task)


def tasks(
    combine: str = "items", higher: bool = True, lo: float | None = 0.0, hi: float | None = 1.0, task: str = "t"
) -> pl.DataFrame:
    row = {"task": [task], "combine": [combine], "higher_is_better": [higher], "lo": [lo], "hi": [hi]}
    return pl.DataFrame(row, schema_overrides={"lo": pl.Float64, "hi": pl.Float64})
