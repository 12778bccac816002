"""The position of values on the bar of a measure, as CSS."""

from __future__ import annotations

from typing import Protocol


class BarRange(Protocol):
    """The range of a measure."""

    def position(self, value: float | None) -> float | None:
        """The position of a value in percent of the bar's width; None without a value or a range."""


def at(scale: BarRange, value: float | None) -> str:
    """The CSS position of a mark; "" without a value or a range."""
    percent = scale.position(value)
    return "" if percent is None else f"left:{percent:.1f}%"


def across(scale: BarRange, low: float | None, high: float | None, least: float = 1.0) -> str:
    """The CSS position and width of an interval, at least `least` percent wide to be visible; "" without an interval."""
    start, end = scale.position(low), scale.position(high)
    return "" if start is None or end is None else f"left:{start:.1f}%;width:{max(end - start, least):.1f}%"
