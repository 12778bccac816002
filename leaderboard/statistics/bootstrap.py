"""Resampling clusters inside their strata: the second opinion on the formulas, and the interval of statistics without one."""

from __future__ import annotations

import numpy as np

from counsel_leaderboard.leaderboard.statistics.clusters import cluster_sums, ratio
from counsel_leaderboard.leaderboard.statistics.proportions import LEVEL, ConfidenceLimits
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints, ScoreMatrix

SEED = 19790101


def cluster_weights(stratum_sizes: Ints, replicates: int, seed: int = SEED) -> Floats:
    """replicates x clusters: how often each cluster counts, n - 1 of a stratum's n clusters drawn with replacement, times
    n/(n-1).

    Drawing n - 1 keeps the variance of strata with few clusters from coming out too small by (n-1)/n (Rao and Wu, JASA 83,
    1988). A stratum of one cluster keeps it.
    """
    rng = np.random.default_rng(seed)
    parts = [_stratum_weights(int(size), replicates, rng) for size in stratum_sizes]
    return np.concatenate(parts, axis=1)


def _stratum_weights(size: int, replicates: int, rng: np.random.Generator) -> Floats:
    if size == 1:
        return np.ones((replicates, 1))
    draws = rng.multinomial(size - 1, np.full(size, 1 / size), size=replicates)
    return np.asarray(draws * (size / (size - 1)), dtype=np.float64)


def replicate_scores(matrix: ScoreMatrix, replicates: int, seed: int = SEED) -> Floats:
    """replicates x runs: the score of every run on the same resampled clusters, as two matrix products a stratum."""
    sums = cluster_sums(matrix)
    sizes = np.diff(sums.stratum_starts, append=sums.top.shape[1])
    weights = cluster_weights(sizes, replicates, seed)
    if matrix.combine != "strata":
        return ratio(weights @ sums.top.T, weights @ sums.bottom.T)
    total, strata = np.zeros((replicates, len(matrix.runs))), np.zeros((replicates, len(matrix.runs)))
    for start, size in zip(sums.stratum_starts, sizes, strict=True):
        part = slice(start, start + size)
        below = weights[:, part] @ sums.bottom[:, part].T
        total += ratio(weights[:, part] @ sums.top[:, part].T, below)
        strata += below > 0
    return ratio(total, strata)


def percentile_limits(replicates: Floats, level: float = LEVEL) -> ConfidenceLimits:
    """The middle `level` of replicates x runs."""
    tail = (1 - level) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail], axis=0)
    return ConfidenceLimits(low, high)
