"""The ranks that a run could hold: simultaneous confidence sets from all paired differences.

Mogstad, Romano, Shaikh and Wilhelm, "Inference for Ranks with Applications to Mobility across Neighbourhoods and Academic
Achievement across Countries", Review of Economic Studies 91 (2024): intervals for all differences that hold together 95% of
the time give, for every run, how many others are surely better and how many surely worse. The critical value is the 95%
quantile of the largest studentised difference over all pairs under a Gaussian multiplier bootstrap of the clusters
(Chernozhukov, Chetverikov and Kato, Annals of Statistics 41, 2013), carried over to Student's t pair by pair, because errors
from few clusters are themselves uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from counsel_leaderboard.leaderboard.statistics.paired import ROUNDING, Pairs
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints

# Simulated boards of equal models were split 5 to 7% of the time at 0.95, because correlations from few clusters are estimated
# too high; at this level they are split at most 5% of the time (benchmarks/results/ranking_coverage.md).
FAMILY_LEVEL = 0.965
# With fewer clusters, or many more runs than clusters, the bootstrap sees too few directions and its maximum is too small:
# equal models were split up to 35% of the time. Bonferroni replaces it there, and costs little where pairs are many.
TRUSTED_CLUSTERS = 40
TRUSTED_RUNS = 2
REPLICATES = 999
SEED = 20240521
SMALLEST_ERROR = 1e-30
BLOCK = 256  # replicates at a time: one run's differences from all others stay in the processor's cache


@dataclass(frozen=True)
class MaxT:
    """Largest studentised difference in each replicate, over all pairs of `runs`; kept so that one more run costs one row."""

    runs: tuple[str, ...]
    maxima: Floats

    def critical(self, level: float = FAMILY_LEVEL) -> float:
        """The order statistic that all pairs together stay below with probability `level`, on the normal scale."""
        position = min(int(np.ceil(level * (len(self.maxima) + 1))), len(self.maxima))
        return float(np.sort(self.maxima)[position - 1])


@dataclass(frozen=True)
class RankSets:
    """Arrays of length runs: the best (`low`) and the worst (`high`) rank each run could hold, 1 is best; `significant` (runs x
    runs) is True where the row is better than the column with all pairs taken together; `critical` on the normal scale."""

    runs: tuple[str, ...]
    low: Ints
    high: Ints
    significant: NDArray[np.bool_]
    critical: float


def rank_sets(pairs: Pairs, max_t: MaxT, level: float = FAMILY_LEVEL) -> RankSets:
    """Rank sets that all hold together with probability `level`."""
    critical = max_t.critical(level)
    if not _trusted(pairs):
        critical = max(critical, bonferroni(pairs))
    against = pairs.against
    significant = against.difference > critical_t(critical, against.df) * against.error
    significant &= np.isfinite(against.error)
    worse = significant.sum(axis=1)
    better = significant.sum(axis=0)
    return RankSets(pairs.runs, 1 + better, len(pairs.runs) - worse, significant, critical)


def _trusted(pairs: Pairs) -> bool:
    """Whether there are enough clusters to estimate how the differences of so many runs move together."""
    runs, clusters = pairs.influence.shape
    return bool(clusters >= TRUSTED_CLUSTERS and runs <= TRUSTED_RUNS * clusters)


def bonferroni(pairs: Pairs, level: float = 0.95) -> float:
    """The critical value, on the normal scale, that assumes nothing of how pairs move together; equal runs are no pair."""
    n_pairs = int(np.count_nonzero(pairs.upper.error))
    return float(-special.ndtri((1 - level) / 2 / max(n_pairs, 1)))


def critical_t(critical: float, df: Floats) -> Floats:
    """The quantile of Student's t with the same tail as `critical` has under the normal, for each of `df` (1 and more)."""
    tail = special.ndtr(-critical)
    # Quantiles are smooth in 1/df: a table and a straight line between its entries serve a million pairs at once.
    table = np.concatenate([np.arange(1.0, 40.0, 0.125), np.geomspace(40.0, 1e6, 200)])
    quantiles = -special.stdtrit(table, tail)
    inverse = 1.0 / np.maximum(df, 1.0)
    return np.asarray(np.interp(inverse, 1.0 / table[::-1], quantiles[::-1]), dtype=np.float64)


def max_t(pairs: Pairs, known: MaxT | None = None, replicates: int = REPLICATES, seed: int = SEED) -> MaxT:
    """The bootstrap of the largest studentised difference; with `known`, only pairs with a run that it lacks are computed.

    `known` must come from the same clusters, seed and replicates; a run in `known` that `pairs` lacks makes it start afresh.
    """
    old = set(known.runs) if known and set(known.runs) <= set(pairs.runs) else set()
    maxima = known.maxima.astype(np.float32) if known and old else np.zeros(replicates, dtype=np.float32)
    new = np.array([run not in old for run in pairs.runs], dtype=np.bool_)
    process = _replicates(pairs.influence, len(maxima), seed)
    scale = _inverse_errors(pairs)
    order = np.flatnonzero(new)
    for start in range(0, len(maxima), BLOCK):
        part = np.ascontiguousarray(process[:, start : start + BLOCK])
        maxima[start : start + BLOCK] = np.maximum(maxima[start : start + BLOCK], _largest(part, scale, order, new))
    return MaxT(pairs.runs, maxima.astype(np.float64))


def _replicates(influence: Floats, replicates: int, seed: int) -> NDArray[np.float32]:
    """Runs x replicates: every run's score moved by the same random weights on the clusters."""
    normal = np.random.default_rng(seed).standard_normal((influence.shape[1], replicates), dtype=np.float32)
    return (influence.astype(np.float32) @ normal).astype(np.float32)


def _inverse_errors(pairs: Pairs) -> NDArray[np.float32]:
    """Runs x runs; 0 for pairs that move together: their replicates would be rounding errors."""
    error, own = pairs.against.error, np.square(pairs.influence).sum(axis=1)
    apart = np.square(error) > ROUNDING * (own[:, None] + own[None, :])
    # Scores near 0 have errors whose inverse no float32 holds.
    return np.where(apart, 1.0 / np.maximum(error, SMALLEST_ERROR), 0.0).astype(np.float32)


def _largest(
    process: NDArray[np.float32], scale: NDArray[np.float32], order: Ints, new: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Largest |studentised difference| per replicate over the pairs that hold a new run, each pair once."""
    best = np.zeros(process.shape[1], dtype=np.float32)
    buffer = np.empty_like(process)
    everyone_new = bool(new.all())
    for run in order:
        # Pairs of two new runs count once, at the later one; with old runs every column is needed.
        first = int(run) + 1 if everyone_new else 0
        moved = buffer[first:]
        np.subtract(process[first:], process[run], out=moved)
        np.multiply(moved, scale[run, first:, None], out=moved)
        if len(moved):
            np.maximum(best, np.abs(moved, out=moved).max(axis=0), out=best)
    return best
