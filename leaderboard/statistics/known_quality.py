"""What a task can tell apart, from candidates whose quality is known: their order, the resolvable difference, saturation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.paired import compare
from counsel_leaderboard.leaderboard.statistics.power import detectable
from counsel_leaderboard.leaderboard.statistics.proportions import LEVEL, t_quantile
from counsel_leaderboard.leaderboard.statistics.ranking.rank_sets import max_t, rank_sets
from counsel_leaderboard.leaderboard.statistics.score_matrix import ScoreMatrix

End = Literal["ceiling", "floor"]


@dataclass(frozen=True)
class KnownOrder:
    """Candidates of a task by quality, best first.

    `scores`: in the metric's units. `in_order`: whether each does better than the next. `saturated`: the end at which the
    board's test does not tell the last two apart, None where it does at both; the ceiling is named where both fail.
    """

    scores: tuple[float, ...]
    in_order: bool
    saturated: End | None


def known_order(matrix: ScoreMatrix, best_first: tuple[str, ...]) -> KnownOrder:
    """The order that candidates get; `best_first` names all runs of the matrix by planned quality.

    The test is that of the board's tiers, for all pairs of the panel together. Raises RankingError for other runs, or fewer
    than three.
    """
    if sorted(best_first) != list(matrix.runs) or len(best_first) < 3:
        raise RankingError("a panel of known quality names each run of its matrix once, and has three or more")
    pairs = compare(matrix)
    at = [matrix.runs.index(name) for name in best_first]
    significant = rank_sets(pairs, max_t(pairs)).significant
    ends: tuple[tuple[End, int, int], ...] = (("ceiling", at[0], at[1]), ("floor", at[-2], at[-1]))
    sign = 1.0 if matrix.higher_is_better else -1.0
    return KnownOrder(
        scores=tuple(float(sign * pairs.value[index]) for index in at),
        in_order=bool(np.all(np.diff(pairs.value[at]) < 0)),
        saturated=next((end for end, better, worse in ends if not significant[better, worse]), None),
    )


def resolvable_difference(matrix: ScoreMatrix) -> float | None:
    """The smallest true difference of two candidates that a paired test at 5% sees four times in five, in the metric's units.

    `matrix`: several candidates of one and the same quality, drawn apart from each other; the middle error of their pairs
    counts. None where no pair has an error.
    """
    pairs = compare(matrix)
    usable = np.isfinite(pairs.upper.error) & (pairs.upper.error > 0)
    if not usable.any():
        return None
    return detectable(pairs, float(t_quantile(np.median(pairs.upper.df[usable]), LEVEL)))
