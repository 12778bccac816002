"""Two pictures of the board: the models' intervals side by side, and a heat map of models and tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl
from markupsafe import Markup

from counsel_leaderboard.leaderboard.board import gate_columns
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.views import reference_lines, size_picture
from counsel_leaderboard.space.views.board import Links, selected
from counsel_leaderboard.space.views.board_frame import Column

MAX_ROWS: Final = 30


def html(rows: pl.DataFrame, columns: Sequence[Column], address: Address) -> str:
    """Both pictures of the rows that match the address, at most MAX_ROWS of them; "" if there are no rows or columns."""
    columns = tuple(columns)
    matches, sort, _ = selected(rows, columns, address)
    if matches.is_empty() or not columns:
        return ""
    by_task = {column.task: column for column in columns}
    column = by_task.get(address.plot) or by_task.get(sort) or columns[0]
    scored = intervals(matches, column, address.run)
    return render(
        "pictures.html",
        address=address,
        columns=columns,
        column=column,
        intervals=scored.head(MAX_ROWS).to_dicts(),
        people=reference_lines.of_columns(rows, (column,), address.suite)[column.task],
        reference=next(iter(scored.filter(pl.col("reference")).to_dicts()), None),
        overlapping=scored.filter(pl.col("overlaps").fill_null(False) & ~pl.col("reference")).height,
        heat=matches.head(MAX_ROWS).to_dicts(),
        more=max(0, matches.height - MAX_ROWS),
        most=MAX_ROWS,
        links=Links(address),
        shade=shade,
        is_faded=is_faded,
        by_size=Markup(size_picture.html(matches, column, address)),  # noqa: S704 - rendered by a template
    )


def intervals(rows: pl.DataFrame, column: Column, reference: str = "") -> pl.DataFrame:
    """One row per run with a score, in the order of the crisis gate, then best first and scores of too few items last: run_id,
    model, role, record, gate, value, low, high, tier, partial, reference, overlaps.

    The reference is the run with that id, else the best candidate with an interval, else the best run with one.
    `overlaps`: whether the interval overlaps that of the reference; null if either is missing. Where too few items were scored
    there are bounds (`scored_floor.with_bounds`) and no interval.
    """
    fields = [pl.col(column.key).struct.field(name) for name in ("value", "low", "high", "tier", "partial")]
    scored = rows.select("run_id", "model", "role", "record", "gate", *fields).filter(pl.col("value").is_not_null())
    scored = scored.with_columns(pl.col("partial").fill_null(False))
    higher = column.higher_is_better is not False
    scored = scored.sort(
        gate_columns.group(), "partial", "value", "model", "run_id", descending=[False, False, higher, False, False]
    )
    with_interval = scored.filter(pl.col("low").is_not_null() & ~pl.col("partial"))
    chosen = with_interval.filter(pl.col("run_id") == reference)
    candidates = with_interval.filter(pl.col("role") == "candidate")
    preferred = next((rows for rows in (chosen, candidates) if rows.height), with_interval)
    baseline = next(iter(preferred.to_dicts()), None)
    if baseline is None:
        return scored.with_columns(reference=pl.lit(False), overlaps=pl.lit(None, dtype=pl.Boolean))
    common = (pl.col("low") <= baseline["high"]) & (pl.col("high") >= baseline["low"])
    overlaps = pl.when(~pl.col("partial")).then(common)
    return scored.with_columns(reference=pl.col("run_id") == baseline["run_id"], overlaps=overlaps)


def is_faded(cell: dict[str, Any]) -> bool:
    """Whether a cell of the heat map is drawn faded: it covers a sample, or is not ranked."""
    return bool(cell["sample"]) or not cell["ranked"]


def shade(column: Column, cell: dict[str, Any] | None) -> int | None:
    """The darkness of a cell of the heat map, from 0 at the worst end of the range to 100 at the best.

    None without a score or a direction.
    """
    goodness = column.goodness(cell["value"]) if cell else None
    return None if goodness is None else round(100 * goodness)
