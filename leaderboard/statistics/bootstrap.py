"""Resampling clusters inside their strata: the interval of statistics that have no formula."""

from __future__ import annotations

import numpy as np

from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints

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
