"""Two pictures of the board: intervals side by side, and tasks by models as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.views.board import Column
from counsel_leaderboard.space.views.board_page import Links, selected

MOST: Final = 30


def html(rows: pl.DataFrame, columns: Sequence[Column], address: Address) -> str:
    """Both pictures over the rows that the address leaves, at most MOST of them; "" for an empty board."""
    columns = tuple(columns)
    left, sort, _ = selected(rows, columns, address)
    if left.is_empty() or not columns:
        return ""
    wanted = (address.plot, sort)
    column = next((one for name in wanted for one in columns if one.task == name), columns[0])
    found = intervals(left, column, address.run)
    return render(
        "pictures.html",
        address=address,
        columns=columns,
        column=column,
        intervals=found.head(MOST).to_dicts(),
        reference=next(iter(found.filter(pl.col("reference")).to_dicts()), None),
        overlapping=found.filter(pl.col("overlaps") & ~pl.col("reference")).height,
        heat=left.head(MOST).to_dicts(),
        more=max(0, left.height - MOST),
        most=MOST,
        links=Links(address),
        shade=shade,
    )


def intervals(rows: pl.DataFrame, column: Column, reference: str = "") -> pl.DataFrame:
    """One row a run with a score, best first: run_id, model, role, value, low, high, tier, reference, overlaps.

    The reference is the run of that id, else the best one that has an interval. `overlaps`: the interval and the
    reference's have a point in common; null where either is missing.
    """
    fields = [pl.col(column.key).struct.field(name) for name in ("value", "low", "high", "tier")]
    found = rows.select("run_id", "model", "role", *fields).filter(pl.col("value").is_not_null())
    found = found.sort("value", "model", "run_id", descending=[column.higher_is_better, False, False])
    told = found.filter(pl.col("low").is_not_null())
    chosen = told.filter(pl.col("run_id") == reference)
    by_default = told.filter(pl.col("role") == "candidate")
    against = next(iter((chosen if chosen.height else by_default if by_default.height else told).to_dicts()), None)
    if against is None:
        return found.with_columns(reference=pl.lit(False), overlaps=pl.lit(None, dtype=pl.Boolean))
    common = (pl.col("low") <= against["high"]) & (pl.col("high") >= against["low"])
    return found.with_columns(reference=pl.col("run_id") == against["run_id"], overlaps=common)


def shade(column: Column, cell: dict[str, Any] | None) -> int | None:
    """How dark a cell of the heat map is: 0 for the worst end of the range, 100 for the best; None without a score."""
    good = column.goodness(cell["value"]) if cell else None
    return None if good is None else round(100 * good)
