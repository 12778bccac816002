"""How well raters agree: Krippendorff's alpha, Fleiss' kappa, Gwet's AC1, raw agreement.

Own code, tested against published values: of the maintained packages one is GPL, one pins an old scipy, one is a hundred
times this size.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(ratings: ArrayLike, level: Level = "nominal") -> float:
    """Krippendorff's alpha of raters x units, NaN where a rater gave none: 1 is full agreement, 0 is chance.

    Units with fewer than two ratings do not count. Raises RankingError where nothing can be compared or all values are alike.
    Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).
    """
    table = np.asarray(ratings, dtype=np.float64)
    values = np.unique(table[~np.isnan(table)])
    counts = (table[:, :, None] == values).sum(axis=0).astype(np.float64)
    counts = counts[counts.sum(axis=1) > 1]
    if not len(counts):
        raise RankingError("agreement needs units with two ratings or more: no unit has them")
    return alpha_of(coincidences(counts).sum(axis=0), values, level)


def coincidences(counts: Floats) -> Floats:
    """units x values x values from units x values, how often each was given: the pairs of ratings inside a unit.

    A unit weighs as much as it has ratings, of which it needs two.
    """
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(counts.shape[1])
    return np.asarray(pairs / (counts.sum(axis=1) - 1)[:, None, None], dtype=np.float64)


def alpha_of(coincidence: Floats, values: Floats, level: Level) -> float:
    """Krippendorff's alpha of a coincidence matrix over `values`. Raises RankingError where all values are alike."""
    margins = coincidence.sum(axis=1)
    distance = _distance(values, margins, level)
    expected = margins @ distance @ margins / (margins.sum() - 1)
    if expected == 0:
        raise RankingError("agreement is not defined where every rating is the same: there is nothing to agree about")
    return float(1 - (coincidence * distance).sum() / expected)


def _distance(values: Floats, margins: Floats, level: Level) -> Floats:
    """Squared differences between values, as their level of measurement allows."""
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    if level == "interval":
        return np.asarray(np.square(values[:, None] - values[None, :]), dtype=np.float64)
    # Ordinal: how many ratings lie between the two values, half of those at either end.
    middle = np.cumsum(margins) - margins / 2
    return np.asarray(np.square(middle[:, None] - middle[None, :]), dtype=np.float64)


def fleiss_kappa(counts: ArrayLike) -> float:
    """Fleiss' kappa of subjects x categories, the number of raters that chose each; every subject has the same number of
    raters.

    Raises RankingError for unequal numbers, fewer than two raters, or one category only. Source: Fleiss, Psychological
    Bulletin 76, 1971.
    """
    table = np.asarray(counts, dtype=np.float64)
    raters = table.sum(axis=1)
    if not len(table) or raters.min() != raters.max() or raters[0] < 2:
        raise RankingError("Fleiss' kappa needs the same number of raters, two or more, on every subject")
    number = raters[0]
    agreed = float(((np.square(table).sum(axis=1) - number) / (number * (number - 1))).mean())
    chance = float(np.square(table.sum(axis=0) / table.sum()).sum())
    if chance == 1:
        raise RankingError("Fleiss' kappa is not defined where only one category was used")
    return (agreed - chance) / (1 - chance)


def cohen_kappa(table: ArrayLike) -> float:
    """Cohen's kappa of a square table, the counts of one rater's values by the other's.

    Raises RankingError for an empty table, and where both use one value alone. Source: Cohen, Educational and Psychological
    Measurement 20, 1960.
    """
    counts = np.asarray(table, dtype=np.float64)
    total = counts.sum()
    if not total:
        raise RankingError("Cohen's kappa needs one pair of ratings or more")
    shares = counts / total
    chance = float(shares.sum(axis=0) @ shares.sum(axis=1))
    if chance == 1:
        raise RankingError("Cohen's kappa is not defined where both raters used one value alone")
    return (float(np.trace(shares)) - chance) / (1 - chance)


def raw_agreement(counts: ArrayLike) -> float:
    """The mean over units of the share of pairs of ratings that are alike, of units x values, how often each was given.

    Units with fewer than two ratings do not count. Raises RankingError without any other.
    """
    table = _compared(counts)
    raters = table.sum(axis=1)
    return float(((np.square(table).sum(axis=1) - raters) / (raters * (raters - 1))).mean())


def gwet_ac1(counts: ArrayLike) -> float:
    """Gwet's AC1 of units x values: 1 is full agreement, 0 is chance; it stays high where nearly all ratings are alike.

    `counts` has a column for each value that could be given, also for those that nobody gave. Units with fewer than two ratings
    do not count. Raises RankingError without any other, or for fewer than two values. Source: Gwet, British Journal of
    Mathematical and Statistical Psychology 61, 2008.
    """
    table = _compared(counts)
    if table.shape[1] < 2:
        raise RankingError("Gwet's AC1 needs two values or more that could be given")
    shares = (table / table.sum(axis=1)[:, None]).mean(axis=0)
    chance = float((shares * (1 - shares)).sum() / (table.shape[1] - 1))
    return (raw_agreement(table) - chance) / (1 - chance)


def _compared(counts: ArrayLike) -> Floats:
    given = np.asarray(counts, dtype=np.float64)
    table: Floats = given[given.sum(axis=1) > 1]
    if not len(table):
        raise RankingError("agreement needs units with two ratings or more: no unit has them")
    return table
