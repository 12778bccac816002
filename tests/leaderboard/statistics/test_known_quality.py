"""Candidates of known quality: their order, what can be told apart, and saturation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.known_quality import known_order, resolvable_difference
from counsel_leaderboard.leaderboard.statistics.paired import compare
from counsel_leaderboard.leaderboard.statistics.proportions import t_quantile
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, ScoreMatrix
from tests.support.simulation import Design, matrix_of

NAMES = ("run000000", "run000001", "run000002", "run000003")


def panel(counts: list[int], items: int) -> ScoreMatrix:
    """Runs with that many right answers of `items`, each drawn apart from the others."""
    rng = np.random.default_rng(5)
    return matrix_of(np.stack([rng.permutation(np.arange(items) < count) for count in counts]).astype(float), Design(items))


def test_a_bank_that_separates() -> None:
    order = known_order(panel([100, 80, 20, 0], 100), NAMES)
    assert (order.scores, order.in_order, order.saturated) == ((1.0, 0.8, 0.2, 0.0), True, None)


def test_lower_values_can_be_better() -> None:
    matrix = replace(panel([0, 20, 80, 100], 100), higher_is_better=False)
    order = known_order(matrix, NAMES)
    assert (order.scores, order.in_order, order.saturated) == ((0.0, 0.2, 0.8, 1.0), True, None)


@pytest.mark.parametrize(
    ("counts", "end"), [([100, 99, 20, 0], "ceiling"), ([100, 80, 1, 0], "floor"), ([100, 99, 1, 0], "ceiling")]
)
def test_the_end_at_which_two_candidates_look_alike(counts: list[int], end: str) -> None:
    assert known_order(panel(counts, 100), NAMES).saturated == end


def test_another_order_than_planned_is_seen() -> None:
    assert known_order(panel([100, 20, 80, 0], 100), NAMES).in_order is False


def test_the_runs_are_those_of_the_plan() -> None:
    with pytest.raises(RankingError, match="names each run"):
        known_order(panel([100, 80, 20, 0], 100), NAMES[:3])


def test_the_resolvable_difference_by_hand() -> None:
    # Two candidates of 80% on 128 items: the variance of a difference is 2 x .8 x .2 / 128 = .0025, its root .05; times
    # t(.975; about 127) + .84 = 2.82: .141.
    alike = panel([102, 102, 102, 103, 102, 102], 128)
    assert resolvable_difference(alike) == pytest.approx(0.141, abs=0.01)
    assert resolvable_difference(panel([128, 128, 128, 128], 128)) is None


def test_a_difference_of_that_size_is_seen_four_times_in_five() -> None:
    items, draws = 128, 600
    difference = resolvable_difference(panel([102] * 6, items)) or 0.0
    rng = np.random.default_rng(11)
    rates = np.array([[0.8 + difference / 2], [0.8 - difference / 2]])
    seen = [_told_apart((rng.random((2, items)) < rates).astype(float)) for _ in range(draws)]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.06)


def _told_apart(values: Floats) -> bool:
    against = compare(matrix_of(values, Design(values.shape[1]))).against
    return bool(against.difference[0, 1] > t_quantile(against.df[0, 1]) * against.error[0, 1])
