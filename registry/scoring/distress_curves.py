"""The course of distress over a case, and the leave-one-out mean course that a model must beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any


def arcs(turns: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Reference values of each phase."""
    by_phase: dict[str, list[float]] = {}
    for turn in turns:
        by_phase.setdefault(turn["phase"], []).append(float(turn["suds"]))
    return by_phase


def mean_arc(turns: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Sequence[float]]]) -> list[float]:
    """At each turn the mean of the other cases' references at the same relative place of the same phase.

    Cases differ in length, so a phase's arc is read by linear interpolation between its turns. Empty if no other case has some
    phase of this one.
    """
    lengths = {phase: len(arc) for phase, arc in arcs(turns).items()}
    positions = [position for length in lengths.values() for position in range(length)]
    means = []
    for turn, position in zip(turns, positions, strict=True):
        share = position / max(lengths[turn["phase"]] - 1, 1)
        values = [at(curve[turn["phase"]], share) for curve in others if turn["phase"] in curve]
        if not values:
            return []
        means.append(fmean(values))
    return means


def at(curve: Sequence[float], share: float) -> float:
    """The value of a curve at a share in [0, 1] of its length, linear between points."""
    position = share * (len(curve) - 1)
    left = min(int(position), len(curve) - 1)
    right = min(left + 1, len(curve) - 1)
    return curve[left] + (curve[right] - curve[left]) * (position - left)
