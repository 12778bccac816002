"""How well one measurement repeats another: the intraclass correlation ICC(2,1), with its interval.

Own few lines, tested against the published table: the maintained packages are GPL or do not fit. Source: Shrout and Fleiss,
Psychological Bulletin 86, 1979 (case 2); the interval is theirs as written by McGraw and Wong, Psychological Methods 1, 1996.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from counsel_leaderboard.leaderboard.statistics.errors import RankingError


@dataclass(frozen=True)
class IntraclassCorrelation:
    """ICC(2,1) and its 95% limits: 1 is perfect agreement, 0 and below none. `targets`: how many were measured each time."""

    value: float
    low: float
    high: float
    targets: int


def icc_2_1(ratings: ArrayLike, groups: Sequence[str] | None = None, level: float = 0.95) -> IntraclassCorrelation:
    """Absolute agreement of single ratings, of targets x raters (or repeats), each rated by all and none missing.

    groups: of each target, such as the model that was rated; differences between groups are then taken off, so that only what
    tells targets of a group apart counts.

    Raises RankingError for fewer than two targets or raters, a missing rating, or targets that are all rated alike.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise RankingError("ICC(2,1) needs two targets and two ratings of each, or more")
    if np.isnan(table).any():
        raise RankingError("ICC(2,1) needs every rating: leave targets out of which one is missing")
    n, k = table.shape
    total = table - table.mean()
    by_target, by_rater = total.mean(axis=1), total.mean(axis=0)
    freedom = n - len(set(groups or ("all",)))
    if freedom < 1:
        raise RankingError("ICC(2,1) within groups needs a group with two targets or more")
    targets = k * float(np.square(_within(by_target, groups)).sum()) / freedom
    raters = n * float(np.square(by_rater).sum()) / (k - 1)
    error = float(np.square(total - by_target[:, None] - by_rater[None, :]).sum()) / ((n - 1) * (k - 1))
    if targets <= 1e-12:
        raise RankingError("ICC(2,1) is not defined where all targets are rated alike: there is nothing to tell apart")
    value = (targets - error) / (targets + (k - 1) * error + k * (raters - error) / n)
    if error <= 1e-12 and raters <= 1e-12:
        return IntraclassCorrelation(1.0, 1.0, 1.0, n)
    low, high = _limits(targets, raters, error, (n, k, freedom), value, level)
    return IntraclassCorrelation(value, low, high, n)


def _within(means: np.ndarray, groups: Sequence[str] | None) -> np.ndarray:
    """The targets' means without those of their groups; they are centered already where there are no groups."""
    if groups is None:
        return means
    labels = np.asarray(groups)
    centered = means.copy()
    for label in np.unique(labels):
        centered[labels == label] -= means[labels == label].mean()
    return centered


def _limits(
    targets: float, raters: float, error: float, shape: tuple[int, int, int], value: float, level: float
) -> tuple[float, float]:
    """The limits from the mean squares, with Satterthwaite's degrees of freedom for the sum of two of them."""
    n, k, target_freedom = shape
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    numerator = (a * raters + b * error) ** 2
    sum_freedom = numerator / ((a * raters) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1)))
    quantile = 1 - (1 - level) / 2
    lower = float(special.fdtri(target_freedom, sum_freedom, quantile))
    upper = float(special.fdtri(sum_freedom, target_freedom, quantile))
    spread = k * raters + (k * n - k - n) * error
    low = n * (targets - lower * error) / (lower * spread + n * targets)
    high = n * (upper * targets - error) / (spread + n * upper * targets)
    return low, high
