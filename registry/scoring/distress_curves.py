"""Distress over the course of a case, and the leave-one-out mean curve that serves as a baseline for models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any


def client_turns(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The turns of a case in which the client speaks, each with the name of its phase, in the order of the phases."""
    phases = sorted(row["phases"], key=lambda phase: int(phase["phase"].removeprefix("P")))
    return [{"phase": phase["phase"], **turn} for phase in phases for turn in phase["turns"] if turn["client"].strip()]


def arcs(turns: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """The reference ratings (SUDS) of each phase, in the order of the turns."""
    by_phase: dict[str, list[float]] = {}
    for turn in turns:
        by_phase.setdefault(turn["phase"], []).append(float(turn["suds"]))
    return by_phase


def mean_arc(turns: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Sequence[float]]]) -> list[float]:
    """For each turn, the mean of the other cases' ratings at the same relative position in the same phase.

    Cases differ in length, so ratings between turns are interpolated linearly. Empty if a phase of this case is in no other
    case.
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
    """The value of a curve at a share of its length, in [0, 1], interpolated linearly."""
    position = share * (len(curve) - 1)
    left = min(int(position), len(curve) - 1)
    right = min(left + 1, len(curve) - 1)
    return curve[left] + (curve[right] - curve[left]) * (position - left)
