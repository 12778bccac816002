"""Two pictures of the board: the models' intervals side by side, and a heat map of models and tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board import gate_columns
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.views import reference_lines
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
        overlapping=scored.filter(pl.col("overlaps") & ~pl.col("reference")).height,
        heat=matches.head(MAX_ROWS).to_dicts(),
        more=max(0, matches.height - MAX_ROWS),
        most=MAX_ROWS,
        links=Links(address),
        shade=shade,
    )


def intervals(rows: pl.DataFrame, column: Column, reference: str = "") -> pl.DataFrame:
    """One row per run with a score, in the order of the crisis gate and then best first: run_id, model, role, record, gate,
    value, low, high, tier, reference, overlaps.

    The reference is the run with that id, else the best candidate with an interval, else the best run with one.
    `overlaps`: whether the interval overlaps that of the reference; null if either is missing.
    """
    fields = [pl.col(column.key).struct.field(name) for name in ("value", "low", "high", "tier")]
    scored = rows.select("run_id", "model", "role", "record", "gate", *fields).filter(pl.col("value").is_not_null())
    best_first = [False, column.higher_is_better is not False, False, False]
    scored = scored.sort(gate_columns.group(), "value", "model", "run_id", descending=best_first)
    with_interval = scored.filter(pl.col("low").is_not_null())
    chosen = with_interval.filter(pl.col("run_id") == reference)
    candidates = with_interval.filter(pl.col("role") == "candidate")
    preferred = next((rows for rows in (chosen, candidates) if rows.height), with_interval)
    baseline = next(iter(preferred.to_dicts()), None)
    if baseline is None:
        return scored.with_columns(reference=pl.lit(False), overlaps=pl.lit(None, dtype=pl.Boolean))
    common = (pl.col("low") <= baseline["high"]) & (pl.col("high") >= baseline["low"])
    return scored.with_columns(reference=pl.col("run_id") == baseline["run_id"], overlaps=common)


def shade(column: Column, cell: dict[str, Any] | None) -> int | None:
    """The darkness of a cell of the heat map, from 0 at the worst end of the range to 100 at the best.

    None without a score or a direction.
    """
    goodness = column.goodness(cell["value"]) if cell else None
    return None if goodness is None else round(100 * goodness)
