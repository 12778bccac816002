"""Intervals of paired differences of graded scores: empirical likelihood on the differences, which lie in a range too.

Student's t at difference over error misses what few clusters did not show: models that fail seldom and by a lot
(benchmarks/results/skewed_coverage.md). Differences of two scores with a range lie within plus and minus its width, so the
methods for one score hold for them. Ranks and tiers rest on Student's t still, whose errors all pairs share.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from counsel_leaderboard.leaderboard.statistics.intervals import score
from counsel_leaderboard.leaderboard.statistics.proportions import LEVEL, ConfidenceLimits
from counsel_leaderboard.leaderboard.statistics.score_matrix import Ints, ScoreMatrix


def difference_limits(matrix: ScoreMatrix, first: Ints, second: Ints, level: float = LEVEL) -> ConfidenceLimits:
    """Limits of the differences of the rows `first` from the rows `second`, positive where the first is better.

    In the unit of the measure, on the items that both have scores for. NaN for measures without a range, for pairs whose items
    weigh differently in the two, and for pairs of scores of two values alone, for which Student's t holds.
    """
    nothing = np.full(len(first), np.nan)
    if matrix.ends is None:
        return ConfidenceLimits(nothing, nothing)
    lo, hi = matrix.ends
    sign = 1.0 if matrix.higher_is_better else -1.0
    differences = replace(
        matrix,
        runs=tuple(f"{a}-{b}" for a, b in zip(first.tolist(), second.tolist(), strict=True)),
        values=sign * (matrix.values[first] - matrix.values[second]),
        weights=matrix.weights[first],
        lo=lo - hi,
        hi=hi - lo,
    )
    shared = differences.scored
    alike = np.all(~shared | (matrix.weights[first] == matrix.weights[second]), axis=1)
    apply = alike & (_graded(matrix)[first] | _graded(matrix)[second])
    limits = score(differences, level).limits
    return ConfidenceLimits(np.where(apply, limits.low, nothing), np.where(apply, limits.high, nothing))


def _graded(matrix: ScoreMatrix) -> NDArray[np.bool_]:
    """True for runs with a value between the ends of the range."""
    ends = (matrix.values == matrix.lo) | (matrix.values == matrix.hi)
    return np.asarray(np.any(matrix.scored & ~ends, axis=1))
