"""Intervals of paired differences: they hold where models fail seldom and by a lot, and say nothing where they do not apply."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from counsel_leaderboard.leaderboard.statistics.difference_intervals import difference_limits
from counsel_leaderboard.leaderboard.statistics.paired import compare
from counsel_leaderboard.leaderboard.statistics.score_matrix import ScoreMatrix
from tests.support.simulation import Design, Graded, graded, matrix_of

BOARDS = 500


def drawn(design: Design, kind: Graded, *means: float) -> ScoreMatrix:
    """BOARDS runs of each mean, one after the other."""
    sizes = np.full(design.clusters, design.size)
    return matrix_of(np.concatenate([graded(sizes, mean, 0.3, BOARDS, seed, kind) for seed, mean in enumerate(means)]), design)


@pytest.mark.parametrize("kind", ["rare", "smooth"])
@pytest.mark.parametrize(("first", "second"), [(0.05, 0.1), (0.9, 0.95), (0.5, 0.9)])
@pytest.mark.parametrize("design", [Design(20), Design(20, 6), Design(45, 6)])
def test_intervals_of_differences_hold(design: Design, kind: Graded, first: float, second: float) -> None:
    number = np.arange(BOARDS)
    limits = difference_limits(drawn(design, kind, first, second), number, number + BOARDS)
    assert np.mean((limits.low <= first - second) & (limits.high >= first - second)) >= 0.93


@pytest.mark.parametrize("higher", [True, False])
def test_a_difference_turned_round_has_the_limits_turned_round(higher: bool) -> None:
    matrix = replace(drawn(Design(20, 2), "smooth", 0.3, 0.5), higher_is_better=higher)
    first, second = np.array([0, 1, 2]), np.array([BOARDS, BOARDS + 1, BOARDS + 2])
    forth, back = difference_limits(matrix, first, second), difference_limits(matrix, second, first)
    np.testing.assert_allclose(forth.low, -back.high, atol=1e-6)
    np.testing.assert_allclose(forth.high, -back.low, atol=1e-6)
    difference = compare(matrix.select(np.array([0, BOARDS]))).against.difference[0, 1]
    assert forth.low[0] < difference < forth.high[0]


def test_items_that_one_of_the_two_lacks_do_not_count() -> None:
    matrix = drawn(Design(30), "smooth", 0.3, 0.5)
    missing = matrix.values.copy()
    missing[0, :5] = np.nan
    cut = matrix_of(matrix.values[:, 5:], Design(25))
    at, to = np.array([0]), np.array([BOARDS])
    with_gap, without = difference_limits(replace(matrix, values=missing), at, to), difference_limits(cut, at, to)
    assert (with_gap.low[0], with_gap.high[0]) == pytest.approx((without.low[0], without.high[0]))


@pytest.mark.parametrize("case", ["no range", "two values", "other weights"])
def test_where_it_does_not_apply_there_are_no_limits(case: str) -> None:
    matrix = drawn(Design(20), "two values" if case == "two values" else "smooth", 0.3, 0.5)
    if case == "no range":
        matrix = replace(matrix, lo=None, hi=None)
    if case == "other weights":
        weights = matrix.weights.copy()
        weights[BOARDS, 3] = 2.0
        matrix = replace(matrix, weights=weights)
    limits = difference_limits(matrix, np.array([0]), np.array([BOARDS]))
    assert np.isnan([limits.low[0], limits.high[0]]).all()
