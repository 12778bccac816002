"""How well a judge agrees with people, compared with how well they agree with each other, by task and dimension.

Both are Krippendorff's alpha: 1 is full agreement, 0 chance agreement. The people's own is that of all their ratings. The
judge's is that of every pair of its verdict and one person's rating, each pair a unit of two. So a judge that rates like one
more of these people would reach their own alpha. Both rest on the same replies: those with a verdict and two ratings or more,
each weighing by the number of its ratings.

The level of measurement is the one that the task's manifest gives: scores, and comparisons with a tie halfway, are measured on
an interval scale, since the tasks take means of them; yes and no are nominal. The 95% interval is a jackknife over clusters
with Student's t.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from counsel_leaderboard.leaderboard.judges.human_ratings import RatedSetRecord, ReplyRatings, level_of
from counsel_leaderboard.leaderboard.statistics.agreement import Level, alpha_of, coincidences
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.jackknife import half_width
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints
from counsel_leaderboard.registry.common.closed import Closed

FEWEST_CLUSTERS = 10
"""Fewer give no interval."""


class Alpha(Closed):
    """Krippendorff's alpha and its limits. `value` is null where all ratings are alike, the limits where none can be given."""

    value: float | None
    low: float | None
    high: float | None


class Agreement(Closed):
    """One dimension. n: replies compared; n_missing: replies that two people rated or more and the judge gave no verdict on."""

    task: str
    dimension: str
    level: Level
    people: Alpha
    judge: Alpha
    n: int
    n_missing: int


class HumanAgreement(Closed):
    """The people that a judge was compared with, and the agreement."""

    rated: RatedSetRecord
    agreement: tuple[Agreement, ...]

    def text(self) -> str:
        """A description of these people in words."""
        rated = self.rated
        return (
            f"compared with {rated.raters} people on {rated.set} (licence: {rated.licence}; file {rated.sha256[:19]}), "
            f"{rated.calls} calls, {rated.unread} without a verdict"
        )


def people(rated: RatedSetRecord, lines: Sequence[ReplyRatings]) -> HumanAgreement:
    """The comparison of a judge with the people who rated the set."""
    return HumanAgreement(rated=rated, agreement=tuple(_by_dimension(lines)))


def _by_dimension(lines: Sequence[ReplyRatings]) -> Iterator[Agreement]:
    ordered = sorted(lines, key=lambda line: line.task)
    for task, part in groupby(ordered, key=lambda line: line.task):
        of_task = list(part)
        # In the order in which the people's ratings name them, which is the task's own.
        for dimension in dict.fromkeys(name for line in of_task for rating in line.ratings for name in rating):
            yield agreement(task, dimension, of_task)


def agreement(task: str, dimension: str, lines: Sequence[ReplyRatings]) -> Agreement:
    """Both agreements in one dimension of one task, of which `lines` are."""
    level = level_of(task)
    rated = [line for line in lines if len(_ratings(line, dimension)) > 1]
    judged = [(line, line.verdict[dimension]) for line in rated if line.verdict is not None]
    ratings = [_ratings(line, dimension) for line, _ in judged]
    verdicts = [verdict for _, verdict in judged]
    if not judged:
        nothing = Alpha(value=None, low=None, high=None)
        return Agreement(
            task=task, dimension=dimension, level=level, people=nothing, judge=nothing, n=0, n_missing=len(rated)
        )  # fmt: skip
    values = np.unique([*verdicts, *(value for row in ratings for value in row)])
    given = np.array([_counts(row, values) for row in ratings])
    with_judge = given[:, :, None] * np.array([_counts([verdict], values) for verdict in verdicts])[:, None, :]
    clusters = np.array([line.cluster for line, _ in judged])
    return Agreement(
        task=task, dimension=dimension, level=level, n=len(judged), n_missing=len(rated) - len(judged),
        people=_alpha(coincidences(given), values, clusters, level),
        judge=_alpha(with_judge + with_judge.swapaxes(1, 2), values, clusters, level),
    )  # fmt: skip


def _ratings(line: ReplyRatings, dimension: str) -> list[float]:
    return [rating[dimension] for rating in line.ratings if dimension in rating]


def _counts(given: Sequence[float], values: Floats) -> Floats:
    """The number of times that each value was given."""
    return np.array([given.count(value) for value in values], dtype=np.float64)


def _alpha(units: Floats, values: Floats, clusters: Ints, level: Level) -> Alpha:
    """`units`: replies x values x values, the coincidences of each reply; `clusters`: the cluster of each."""
    by_cluster = np.array([units[clusters == cluster].sum(axis=0) for cluster in np.unique(clusters)])
    try:
        value = alpha_of(units.sum(axis=0), values, level)
    except RankingError:
        return Alpha(value=None, low=None, high=None)
    half = _half_width(by_cluster, values, level)
    if half is None:
        return Alpha(value=value, low=None, high=None)
    return Alpha(value=value, low=value - half, high=min(value + half, 1.0))


def _half_width(by_cluster: Floats, values: Floats, level: Level) -> float | None:
    """Half the interval's width; None for too few clusters, or where alpha depends on one cluster alone or on none."""
    count, whole = len(by_cluster), by_cluster.sum(axis=0)
    if count < FEWEST_CLUSTERS:
        return None
    try:
        # Rounded, so that exactly 0 remains of a value without its last cluster.
        without = np.array([alpha_of((whole - cluster).round(9), values, level) for cluster in by_cluster])
    except RankingError:
        return None
    return half_width(without)
