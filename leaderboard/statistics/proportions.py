"""Shares of independent items, and limits that hold whatever the distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats

LEVEL = 0.95


@dataclass(frozen=True)
class ConfidenceLimits:
    """Lower and upper ends, arrays of one shape; NaN where there is no such end."""

    low: Floats
    high: Floats


def wilson(share: ArrayLike, n: ArrayLike, quantile: ArrayLike | None = None) -> ConfidenceLimits:
    """Wilson's score interval for a share of `n` independent items (Wilson, JASA 22, 1927).

    `quantile` is 1.96 unless given: with the normal one, coverage at rates near .05 and 20 items is 92.5%; Student's t with
    n - 1 degrees of freedom holds 94% from 6 items on, which is what the board uses.
    """
    p, size = np.asarray(share, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z = np.asarray(normal_quantile() if quantile is None else quantile, dtype=np.float64)
    scale = 1 + z**2 / size
    centre = (p + z**2 / (2 * size)) / scale
    half = z / scale * np.sqrt(p * (1 - p) / size + z**2 / (4 * size**2))
    # Rounding may not put an end on the wrong side of 0, 1 or the share itself.
    return ConfidenceLimits(np.clip(centre - half, 0.0, p), np.clip(centre + half, p, 1.0))


def normal_quantile(level: float = LEVEL) -> float:
    """The two-sided normal quantile: 1.96 at 95%."""
    return float(special.ndtri(0.5 + level / 2))


def t_quantile(df: ArrayLike, level: float = LEVEL) -> Floats:
    """Two-sided quantile of Student's t; NaN where df is not above 0."""
    free = np.asarray(df, dtype=np.float64)
    return np.asarray(special.stdtrit(np.where(free > 0, free, np.nan), 0.5 + level / 2), dtype=np.float64)


def hoeffding_half_width(cluster_weights: Floats, level: float = LEVEL) -> Floats:
    """Half the width of limits for a weighted mean of independent clusters of range 1 (Hoeffding, JASA 58, 1963, theorem 2).

    `cluster_weights`: runs x clusters, rows adding up to 1. It holds for any distribution and any number of clusters.
    """
    squares = np.square(cluster_weights).sum(axis=1)
    return np.asarray(np.sqrt(np.log(2 / (1 - level)) / 2 * squares), dtype=np.float64)


def unseen_share(n: ArrayLike, level: float = LEVEL) -> Floats:
    """The largest share of clusters that could differ when all `n` seen ones were alike (Clopper and Pearson, 1934)."""
    return np.asarray(1 - ((1 - level) / 2) ** (1 / np.maximum(np.asarray(n, dtype=np.float64), 1e-9)), dtype=np.float64)
