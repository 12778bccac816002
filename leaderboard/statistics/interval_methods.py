"""The interval methods, on scores scaled to [0, 1]; `choose` selects the method of each run.

`wilson`     two values, one item a cluster, all of one weight: Wilson's score interval with Student's t.
`constant`   every cluster gave the same value: the share of clusters that could differ unseen, times the largest difference.
`bounds`     too few clusters for any of the others: Hoeffding's limits.
`logit`      two values, several items a cluster: Student's t on the logit of the score, variance and degrees of freedom from
             the clusters.
`likelihood` more values than the two ends of the range: empirical likelihood, in which unseen clusters may lie at the ends.
`t`          measures without a range: Student's t on the score itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from counsel_leaderboard.leaderboard.statistics.clusters import Estimates, Sums, ratio
from counsel_leaderboard.leaderboard.statistics.empirical_likelihood import Pulls, likelihood_limits
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
    """A measure with a range, as fractions of that range.

    Per run the score and its variance, per run and cluster its influence and its mean. `two_valued` is True for runs whose
    items all lie at an end of the range.
    """

    share: Floats
    variance: Floats
    influence: Floats
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
        influence=estimates.influence / (hi - lo),
        means=(ratio(sums.top, sums.bottom) - lo) / (hi - lo),
        two_valued=np.asarray(ends_only),
    )


def choose(matrix: ScoreMatrix, sums: Sums, estimates: Estimates, unit: Scaled | None) -> NDArray[np.str_]:
    """The method of every run; "" where nothing was scored, or where a measure without a range does not vary."""
    method = np.full(len(matrix.runs), "t" if unit is None else "likelihood", dtype="<U10")
    few = (estimates.n_clusters < FEWEST_CLUSTERS) | (estimates.df_design < FEWEST_CLUSTERS - 1)
    if unit is not None:
        # Where clusters give 0 or 1 to their items, those that differ from all others show in the variance. Other values can
        # lie close together and leave out the few that are far off, which a variance then does not show (docs/statistics.md).
        method[unit.two_valued] = "logit"
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
    """ConfidenceLimits of all runs by one of the methods for measures with a range."""
    if method == "wilson":
        return wilson(unit.share, estimates.n_clusters, t_quantile(estimates.n_clusters - 1, level))
    if method == "constant":
        return _constant(sums, estimates, unit, level)
    if method == "bounds":
        half = hoeffding_half_width(_cluster_weights(sums), level)
        return ConfidenceLimits(np.maximum(unit.share - half, 0.0), np.minimum(unit.share + half, 1.0))
    if method == "likelihood":
        pulls = _pulls(sums, estimates, unit)
        limits = likelihood_limits(unit.share, pulls, t_quantile(estimates.df_design, level), level)
        # Centred inside strata and scaled for the estimated variance, an influence can reach past the end of the range.
        return ConfidenceLimits(np.maximum(limits.low, 0.0), np.minimum(limits.high, 1.0))
    return _logit(estimates, unit, level)


def _logit(estimates: Estimates, unit: Scaled, level: float) -> ConfidenceLimits:
    spread = unit.share * (1 - unit.share)
    half = t_quantile(estimates.df, level) * ratio(np.sqrt(unit.variance), spread)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        centre = np.log(unit.share) - np.log1p(-unit.share)
        return ConfidenceLimits(1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre)))


def _pulls(sums: Sums, estimates: Estimates, unit: Scaled) -> Pulls:
    """Each cluster's influence times their number: where all weigh the same, the distance of its value from the mean.

    A cluster at an end of the range would pull as much as one that is there, and what that one's value lacks to the end.
    """
    count = estimates.n_clusters.astype(np.float64)
    n = count[:, None]
    # Only where strata of one cluster stand beside larger ones do influences not add up to 0.
    middle = ratio(unit.influence.sum(axis=1, keepdims=True), n)
    values = np.where(sums.present, n * (unit.influence - middle), 0.0)
    weights = n * _cluster_weights(sums)
    return Pulls(
        values=values,
        count=count,
        up=np.where(sums.present, values + weights * (1 - unit.means), 0.0).max(axis=1),
        down=np.where(sums.present, weights * unit.means - values, 0.0).max(axis=1),
    )


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
