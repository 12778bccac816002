"""The course of distress over a case, and the leave-one-out mean course that a model must beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any


def arcs(turns: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Reference values of each phase."""
    found: dict[str, list[float]] = {}
    for turn in turns:
        found.setdefault(turn["phase"], []).append(float(turn["suds"]))
    return found


def mean_arc(turns: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Sequence[float]]]) -> list[float]:
    """At each turn the mean of the other cases' references at the same relative place of the same phase.

    Cases differ in length, so a phase's arc is read by linear interpolation between its turns. Empty if no other case has some
    phase of this one.
    """
    lengths = {phase: len(arc) for phase, arc in arcs(turns).items()}
    places = [place for length in lengths.values() for place in range(length)]
    read = []
    for turn, place in zip(turns, places, strict=True):
        share = place / max(lengths[turn["phase"]] - 1, 1)
        values = [at(curve[turn["phase"]], share) for curve in others if turn["phase"] in curve]
        if not values:
            return []
        read.append(fmean(values))
    return read


def at(curve: Sequence[float], share: float) -> float:
    """The value of a curve at a share in [0, 1] of its length, linear between points."""
    place = share * (len(curve) - 1)
    left = min(int(place), len(curve) - 1)
    right = min(left + 1, len(curve) - 1)
    return curve[left] + (curve[right] - curve[left]) * (place - left)
