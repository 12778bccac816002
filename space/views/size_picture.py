"""The scores of one column against the size of the models, with intervals and the frontier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.views.board import Links
from counsel_leaderboard.space.views.board_frame import Column

WIDTH: Final = 760
HEIGHT: Final = 340
LEFT, RIGHT, TOP, BOTTOM = 56, 170, 16, 44
UNKNOWN_AT: Final = WIDTH - RIGHT / 2
"""Models of unknown size stand in a strip of their own at the right."""

MOST_POINTS: Final = 200
LABELLED: Final = 14
TICKS: Final = (1e8, 3e8, 1e9, 3e9, 1e10, 3e10, 1e11, 3e11, 1e12)


@dataclass(frozen=True)
class Point:
    """One model. x, y, top, bottom: pixels; top and bottom are None without an interval. frontier: see `frontier`."""

    run_id: str
    model: str
    words: str
    x: float
    y: float
    top: float | None
    bottom: float | None
    ranked: bool
    frontier: bool
    label: bool


def html(rows: pl.DataFrame, column: Column, address: Address) -> str:
    """The picture of the candidates among the rows; "" where fewer than two have a score or none has a known size.

    A descriptive column has no better end and so no picture.
    """
    models = scored(rows, column)
    if column.higher_is_better is None or models.height < 2 or models["parameters"].count() == 0:
        return ""
    on_frontier = frontier(models)
    sizes = models["parameters"].drop_nulls()
    low, high = _ends(float(sizes.min()), float(sizes.max()))  # type: ignore[arg-type]
    points = [_point(row, column, low, high, row["run_id"] in on_frontier, models.height) for row in models.to_dicts()]
    steps = sorted((point for point in points if point.frontier and point.x < WIDTH - RIGHT), key=lambda point: point.x)
    return render(
        "size.html",
        column=column,
        address=address,
        links=Links(address),
        points=points,
        path=_path(steps),
        names=[point.model for point in steps],
        x_ticks=[(_x(tick, low, high), labels.size(int(tick))) for tick in TICKS if low <= tick <= high],
        y_ticks=[(_y(value, column), f"{value:g}") for value in _values(column)],
        frame={"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "top": TOP, "bottom": HEIGHT - BOTTOM},
        unknown=models["parameters"].null_count(),
        unknown_at=UNKNOWN_AT,
        ranked=models["tier"].count(),
    )


def scored(rows: pl.DataFrame, column: Column) -> pl.DataFrame:
    """The candidates with a score of enough questions: run_id, model, parameters, value, low, high, tier; best first."""
    fields = [pl.col(column.key).struct.field(name) for name in ("value", "low", "high", "tier", "partial")]
    models = rows.filter(pl.col("role") == "candidate").select("run_id", "model", "parameters", *fields)
    models = models.filter(pl.col("value").is_not_null() & ~pl.col("partial").fill_null(False)).drop("partial")
    return models.sort("value", "run_id", descending=[column.higher_is_better is not False, False]).head(MOST_POINTS)


def frontier(models: pl.DataFrame) -> set[str]:
    """The runs that no model of their size or smaller stands in a better tier than, of those with a tier and a size.

    Tiers and not values decide: a smaller model that cannot be told apart from a larger one stands there, and of models of one
    tier the smallest.
    """
    known = models.filter(pl.col("tier").is_not_null() & pl.col("parameters").is_not_null()).sort(
        "parameters", "tier", "run_id"
    )
    best = known["tier"].cum_min()
    before = best.shift(1)
    return set(known.filter(before.is_null() | (known["tier"] < before))["run_id"])


def _ends(low: float, high: float) -> tuple[float, float]:
    """Round ends of the axis around the sizes, so that no point stands on its edge."""
    below = [tick for tick in TICKS if tick <= low * 0.9]
    above = [tick for tick in TICKS if tick >= high * 1.1]
    return below[-1] if below else low / 2, above[0] if above else high * 2


def _x(size: float, low: float, high: float) -> float:
    share = (math.log(size) - math.log(low)) / (math.log(high) - math.log(low))
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(value: float, column: Column) -> float:
    """The height of a value: the better end is at the top."""
    goodness = column.goodness(value) or 0.0
    return round(HEIGHT - BOTTOM - goodness * (HEIGHT - TOP - BOTTOM), 1)


def _values(column: Column) -> list[float]:
    return [column.lo + (column.hi - column.lo) * step / 4 for step in range(5)]


def _point(row: dict[str, Any], column: Column, low: float, high: float, on_frontier: bool, models: int) -> Point:
    size = row["parameters"]
    top, bottom = (None, None) if row["low"] is None else sorted(_y(row[end], column) for end in ("low", "high"))
    interval = "" if row["low"] is None else f", {row['low']:.2f} to {row['high']:.2f}"
    tier = f", tier {row['tier']}" if row["tier"] is not None else ", not ranked"
    words = f"{row['model']}: {labels.size(size)}, {row['value']:.3f}{interval}{tier}"
    # Models of unknown size are spread by their names, or they would hide each other.
    spread = (sum(map(ord, row["run_id"])) % 9 - 4) * 9
    x = _x(float(size), low, high) if size else UNKNOWN_AT + spread
    return Point(
        row["run_id"], row["model"], words, x, _y(row["value"], column), top, bottom,
        ranked=row["tier"] is not None, frontier=on_frontier, label=bool(size) and (on_frontier or models <= LABELLED),
    )  # fmt: skip


def _path(steps: Sequence[Point]) -> str:
    """The frontier as steps: up at each model that stands on it, and on to the right end."""
    if not steps:
        return ""
    parts = [f"M{steps[0].x},{steps[0].y}", *(f"H{point.x}V{point.y}" for point in steps[1:]), f"H{WIDTH - RIGHT}"]
    return "".join(parts)
