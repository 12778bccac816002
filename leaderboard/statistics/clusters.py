"""Per-cluster sums by combine rule, and what each cluster contributes to the uncertainty of a score.

Scores are (weighted) ratios of cluster sums, so one linearisation serves every measure: a cluster's *influence* is how far it
pulls the score, centred inside its stratum and scaled so that the sum of squares over clusters is the stratified variance
of the score (Cochran, Sampling Techniques, 1977, chapters 5 and 6).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from counsel_leaderboard.leaderboard.statistics.score_matrix import Combine, Floats, Ints, ScoreMatrix

FEWEST_DF = 4.0  # an estimated kurtosis may not push Student's t past the point where its tail stops meaning anything


@dataclass(frozen=True)
class Sums:
    """Runs x clusters: `top` / `bottom` is a cluster's mean, `bottom` its weight in the score, 0 where nothing was scored."""

    top: Floats
    bottom: Floats
    combine: Combine
    stratum_starts: Ints

    @property
    def present(self) -> NDArray[np.bool_]:
        """True where the run has at least one scored item in the cluster."""
        return self.bottom > 0


def cluster_sums(matrix: ScoreMatrix) -> Sums:
    """Adds up items inside their clusters; for `clusters` and `strata` each cluster weighs 1, whatever its size."""
    weights = matrix.weights * matrix.scored
    return sum_items(np.nan_to_num(matrix.values) * weights, weights, matrix)


def sum_items(weighted: Floats, weights: Floats, matrix: ScoreMatrix) -> Sums:
    """`cluster_sums` of given weighted scores and weights, rows x items of the matrix, 0 where not scored."""
    top = np.add.reduceat(weighted, matrix.cluster_starts, axis=1)
    bottom = np.add.reduceat(weights, matrix.cluster_starts, axis=1)
    if matrix.combine != "items":
        top, bottom = ratio(top, bottom), (bottom > 0).astype(np.float64)
    return Sums(top, bottom, matrix.combine, matrix.stratum_starts)


def ratio(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, 0 where bottom is 0."""
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


@dataclass(frozen=True)
class Estimates:
    """Scores and their clustered uncertainty; arrays of length runs, `influence` is runs x clusters.

    `variance` is the sum of squared influences. `df` are degrees of freedom for Student's t: 2 V^2 / Var(V), Var(V) from the
    fourth moment of the influences, so that a score that hangs on few clusters gets a wider interval; between 4 and the
    design's own `df_design` = clusters - strata. A NaN value: nothing was scored.
    """

    value: Floats
    influence: Floats
    variance: Floats
    df: Floats
    df_design: Floats
    n_clusters: Ints


def estimate(sums: Sums) -> Estimates:
    """Score, influence and degrees of freedom of every run."""
    return with_centred(*linearised(sums), sums)


def with_centred(value: Floats, raw: Floats, sums: Sums) -> Estimates:
    """Variance and degrees of freedom of scores, or of differences, from their uncentred influences."""
    influence, df_design = _centred(raw, sums)
    variance = np.square(influence).sum(axis=1)
    n_clusters = sums.present.sum(axis=1)
    df = moment_df(variance, np.square(np.square(influence)).sum(axis=1), n_clusters, df_design)
    return Estimates(value, influence, variance, df, df_design, n_clusters)


def moment_df(variance: Floats, fourth: Floats, n_clusters: Ints | int, df_design: Floats | float) -> Floats:
    """Degrees of freedom 2 V^2 / Var(V), where Var(V) = sum e^4 - V^2 / n, kept between 4 and the design's.

    Normal influences give about n; influences of kurtosis k give 2n / (k - 1).
    """
    spread = fourth - np.square(variance) / np.maximum(n_clusters, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        free = np.where(spread > 0, 2.0 * np.square(variance) / spread, np.inf)
    return np.asarray(np.minimum(np.maximum(free, FEWEST_DF), np.maximum(df_design, 0.0)), dtype=np.float64)


def linearised(sums: Sums) -> tuple[Floats, Floats]:
    """Scores, and runs x clusters how far each cluster pulls them, not yet centred inside strata."""
    if sums.combine == "strata":
        return _mean_of_strata(sums)
    total = sums.bottom.sum(axis=1)
    value = np.where(total > 0, ratio(sums.top.sum(axis=1), total), np.nan)
    residual = sums.top - np.nan_to_num(value)[:, None] * sums.bottom
    return value, ratio(residual, np.where(total > 0, total, 0.0)[:, None] * sums.present)


def _mean_of_strata(sums: Sums) -> tuple[Floats, Floats]:
    count = _by_stratum(sums.bottom, sums)
    means = ratio(_by_stratum(sums.top, sums), count)
    n_strata = (count > 0).sum(axis=1)
    value = np.where(n_strata > 0, ratio(means.sum(axis=1), n_strata.astype(np.float64)), np.nan)
    # A stratum with one cluster has no spread of its own: its cluster is compared with the whole score (collapsed strata).
    centre = np.where(count > 1, means, np.nan_to_num(value)[:, None])
    share = _spread(count * n_strata[:, None], sums) * sums.present
    return value, ratio((sums.top - _spread(centre, sums)) * sums.present, share)


def _centred(raw: Floats, sums: Sums) -> tuple[Floats, Floats]:
    """Influences centred inside strata, scaled by root n/(n-1); strata of one cluster form a stratum together, uncentred."""
    present = sums.present
    count = _by_stratum(present.astype(np.float64), sums)
    lone = count == 1
    n_lone = lone.sum(axis=1).astype(np.float64)
    mean = ratio(_by_stratum(raw, sums), count)
    mean[lone] = 0.0
    factor = np.sqrt(ratio(count, count - 1.0 * (count > 1)))
    lone_factor = np.sqrt(ratio(n_lone, n_lone - 1.0 * (n_lone > 1)))
    factor = np.where(lone, lone_factor[:, None], factor)
    influence = (raw - _spread(mean, sums)) * _spread(factor, sums) * present
    df = np.where(count > 1, count - 1, 0).sum(axis=1) + np.maximum(n_lone - 1, 0)
    return influence, df


def _by_stratum(matrix: Floats, sums: Sums) -> Floats:
    return np.asarray(np.add.reduceat(matrix, sums.stratum_starts, axis=1), dtype=np.float64)


def _spread(per_stratum: Floats, sums: Sums) -> Floats:
    sizes = np.diff(sums.stratum_starts, append=sums.top.shape[1])
    return np.repeat(per_stratum, sizes, axis=1)
