"""The time line of a column: every stored score of a task as a point with its interval, and the moments at which it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board.scored_floor import bounded
from counsel_leaderboard.space.views.board_frame import Column

WIDTH: Final = 1000
HEIGHT: Final = 240
MARGIN: Final = 12
MOST: Final = 400
"""Points that are drawn; of more the newest."""


@dataclass(frozen=True)
class TimePoint:
    """One score in the picture: x and y of its dot, top and bottom of its interval (None without one), and its row."""

    x: float
    y: float
    top: float | None
    bottom: float | None
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Timeline:
    """The points, the x of each change, the first and the last moment, and whether more scores are stored than drawn."""

    points: tuple[TimePoint, ...]
    changes: tuple[float, ...]
    first: datetime
    last: datetime
    cut: int


def timeline(history: pl.DataFrame, column: Column) -> Timeline | None:
    """The picture of `leaderboard.history.columns.column_history`; None where nothing is stored.

    The better end is at the top; of a descriptive measure the higher one. Where too few items were scored, the interval is what
    the others could have made of the score, as everywhere.
    """
    shown = history.tail(MOST)
    if shown.is_empty() or not column.hi > column.lo:
        return None
    rows = [bounded(row) for row in shown.iter_rows(named=True)]
    first, last = rows[0]["started_at"], rows[-1]["started_at"]
    points = tuple(_point(row, column, first, last) for row in rows)
    changes = tuple(point.x for point in points if point.row["changed"])
    return Timeline(points, changes, first, last, history.height - shown.height)


def _point(row: Mapping[str, Any], column: Column, first: datetime, last: datetime) -> TimePoint:
    ends = [None if row[name] is None else _height(row[name], column) for name in ("low", "high")]
    known = [end for end in ends if end is not None]
    top, bottom = (min(known), max(known)) if len(known) == 2 else (None, None)
    return TimePoint(_across(row["started_at"], first, last), _height(row["value"], column), top, bottom, row)


def _across(at: datetime, first: datetime, last: datetime) -> float:
    span = (last - first).total_seconds()
    share = (at - first).total_seconds() / span if span else 0.5
    return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)


def _height(value: float, column: Column) -> float:
    position = column.position(value) or 0.0
    share = position / 100 if column.higher_is_better is False else 1 - position / 100
    return round(MARGIN + share * (HEIGHT - 2 * MARGIN), 1)
