"""Tiers: everyone not significantly worse than the best, then the same among the rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints


def tiers(value: Floats, significant: NDArray[np.bool_]) -> Ints:
    """Tier of every run, 1 is best.

    `value` (runs) is signed so that more is better; `significant` (runs x runs) is True where the row is better than the
    column. Tier 1 is every run that the best run is not significantly better than; they are taken away and the rule is applied
    again. Runs that share the best value are all the best, and being worse than one of them is enough to leave the tier.
    The rule need not be transitive: a run can share its tier with one that it differs from.
    """
    tier = np.zeros(len(value), dtype=np.int64)
    left = np.ones(len(value), dtype=np.bool_)
    number = 0
    while left.any():
        number += 1
        best = left & (value == value[left].max())
        inside = left & ~significant[best].any(axis=0)
        tier[inside] = number
        left &= ~inside
    return tier
