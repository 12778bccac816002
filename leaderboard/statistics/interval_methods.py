"""The interval methods, on scores scaled to [0, 1]; `choose` selects the method of each run.

`wilson`   0/1 values, one item a cluster, all of one weight: Wilson's score interval with Student's t.
`constant` every cluster gave the same value: the share of clusters that could differ unseen, times the largest difference.
`bounds`   too few clusters for any of the others: Hoeffding's limits.
`logit`    Student's t on the logit of the score, variance and degrees of freedom from the clusters.
`t`        measures without a range: Student's t on the score itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from counsel_leaderboard.leaderboard.statistics.clusters import Estimates, Sums, ratio
from counsel_leaderboard.leaderboard.statistics.proportions import (
    ConfidenceLimits,
    hoeffding_half_width,
    t_quantile,
    unseen_share,
    wilson,
)
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, ScoreMatrix

FEWEST_CLUSTERS = 5
TINY = 1e-12


@dataclass(frozen=True)
class Scaled:
    """A measure with a range, as fractions of that range: per run the score and its variance, per run and cluster its mean."""

    share: Floats
    variance: Floats
    means: Floats
    two_valued: NDArray[np.bool_]


def scaled(matrix: ScoreMatrix, sums: Sums, estimates: Estimates) -> Scaled | None:
    """The scores as fractions of the range; None for a measure without a range."""
    if matrix.ends is None:
        return None
    lo, hi = matrix.ends
    ends_only = np.all(~matrix.scored | (matrix.values == lo) | (matrix.values == hi), axis=1)
    return Scaled(
        share=np.clip((estimates.value - lo) / (hi - lo), 0.0, 1.0),
        variance=estimates.variance / (hi - lo) ** 2,
        means=(ratio(sums.top, sums.bottom) - lo) / (hi - lo),
        two_valued=np.asarray(ends_only),
    )


def choose(matrix: ScoreMatrix, sums: Sums, estimates: Estimates, unit: Scaled | None) -> NDArray[np.str_]:
    """The method of every run; "" where nothing was scored, or where a measure without a range does not vary."""
    method = np.full(len(matrix.runs), "t" if unit is None else "logit", dtype="<U8")
    few = (estimates.n_clusters < FEWEST_CLUSTERS) | (estimates.df_design < FEWEST_CLUSTERS - 1)
    method[few] = "bounds"
    if unit is None:
        method[few | (estimates.variance <= 0)] = ""
    else:
        method[unit.variance <= TINY] = "constant"
        method[unit.two_valued & _independent(matrix, sums)] = "wilson"
    method[estimates.n_clusters == 0] = ""
    return method


def _independent(matrix: ScoreMatrix, sums: Sums) -> NDArray[np.bool_]:
    """True for runs with one item per cluster, at least two clusters, and the same weight for each in the score."""
    single_item = np.add.reduceat(matrix.scored.astype(np.int64), matrix.cluster_starts, axis=1).max(axis=1) <= 1
    largest = sums.bottom.max(axis=1, keepdims=True)
    alike = np.all(~sums.present | (sums.bottom == largest), axis=1)
    if sums.combine == "strata":
        count = np.add.reduceat(sums.bottom, sums.stratum_starts, axis=1)
        alike &= np.all(count == count[:, :1], axis=1)
    return np.asarray(single_item & alike & (sums.present.sum(axis=1) > 1))


def plain_limits(estimates: Estimates, level: float) -> ConfidenceLimits:
    """Student's t on the score itself."""
    half = t_quantile(estimates.df, level) * np.sqrt(estimates.variance)
    return ConfidenceLimits(estimates.value - half, estimates.value + half)


def unit_limits(method: str, sums: Sums, estimates: Estimates, unit: Scaled, level: float) -> ConfidenceLimits:
    """Limits of all runs by one method of the four for measures with a range."""
    if method == "wilson":
        return wilson(unit.share, estimates.n_clusters, t_quantile(estimates.n_clusters - 1, level))
    if method == "constant":
        return _constant(sums, estimates, unit, level)
    if method == "bounds":
        half = hoeffding_half_width(_cluster_weights(sums), level)
        return ConfidenceLimits(np.maximum(unit.share - half, 0.0), np.minimum(unit.share + half, 1.0))
    return _logit(estimates, unit, level)


def _logit(estimates: Estimates, unit: Scaled, level: float) -> ConfidenceLimits:
    spread = unit.share * (1 - unit.share)
    half = t_quantile(estimates.df, level) * ratio(np.sqrt(unit.variance), spread)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        centre = np.log(unit.share) - np.log1p(-unit.share)
        return ConfidenceLimits(1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre)))


def _constant(sums: Sums, estimates: Estimates, unit: Scaled, level: float) -> ConfidenceLimits:
    highest = np.where(sums.present, unit.means, 0.0).max(axis=1)
    lowest = np.where(sums.present, unit.means, 1.0).min(axis=1)
    unseen = unseen_share(estimates.n_clusters, level)
    return ConfidenceLimits(np.clip(unit.share - unseen * highest, 0, 1), np.clip(unit.share + unseen * (1 - lowest), 0, 1))


def _cluster_weights(sums: Sums) -> Floats:
    """The weight of each cluster in the score; rows add up to 1."""
    if sums.combine != "strata":
        return ratio(sums.bottom, np.broadcast_to(sums.bottom.sum(axis=1, keepdims=True), sums.bottom.shape))
    count = np.add.reduceat(sums.bottom, sums.stratum_starts, axis=1)
    sizes = np.diff(sums.stratum_starts, append=sums.bottom.shape[1])
    whole = np.repeat(count, sizes, axis=1) * (count > 0).sum(axis=1, keepdims=True)
    return ratio(sums.bottom, np.where(sums.present, whole, 0.0))
