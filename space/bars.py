"""Where values stand on the bar of a measure, as CSS."""

from __future__ import annotations

from typing import Protocol


class Scale(Protocol):
    """A measure's range."""

    def place(self, value: float | None) -> float | None:
        """Where a value stands, in percent of the width; None for no value or no range."""


def at(scale: Scale, value: float | None) -> str:
    """The place of a mark; "" for none."""
    place = scale.place(value)
    return "" if place is None else f"left:{place:.1f}%"


def across(scale: Scale, low: float | None, high: float | None, least: float = 1.0) -> str:
    """The place of a stretch, at least that many percent wide, so that it can be seen; "" for none."""
    start, end = scale.place(low), scale.place(high)
    return "" if start is None or end is None else f"left:{start:.1f}%;width:{max(end - start, least):.1f}%"
