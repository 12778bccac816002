"""ICC(2,1) against the table of Shrout and Fleiss (1979), and its interval against a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.intraclass import icc_2_1

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_the_published_table() -> None:
    result = icc_2_1(SHROUT_FLEISS)
    assert round(result.value, 2) == 0.29
    # As R's `psych::ICC` prints them for this table.
    assert (result.low, result.high) == pytest.approx((0.019, 0.761), abs=5e-4)
    assert result.targets == 6


def test_absolute_agreement_counts_a_rater_who_is_always_higher() -> None:
    table = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0]])
    assert icc_2_1(table).value == 1
    assert icc_2_1(table).low == 1
    # Mean squares 10/3, 2, 0: (10/3) / (10/3 + 2 * 2 / 4) = 10/13.
    assert icc_2_1(table + np.array([0, 1])).value == pytest.approx(10 / 13)


def test_groups_that_differ_do_not_make_a_rater_stable() -> None:
    chance = np.random.default_rng(3)
    groups = ["a"] * 40 + ["b"] * 40
    table = chance.normal(size=(80, 2)) + np.repeat([[0.0], [20.0]], 40, axis=0)
    assert icc_2_1(table).value > 0.95
    assert abs(icc_2_1(table, groups).value) < 0.3
    # One group is as good as none.
    assert icc_2_1(table, ["a"] * 80) == icc_2_1(table)


def test_the_interval_covers_the_truth() -> None:
    chance = np.random.default_rng(11)
    groups = [f"model {row % 5}" for row in range(50)]
    between = np.array([row % 5 for row in range(50)], dtype=float)
    covered = 0
    for _ in range(400):
        targets = between * 3 + chance.normal(size=50)
        table = targets[:, None] + chance.normal(scale=0.5, size=(50, 2))
        result = icc_2_1(table, groups)
        covered += result.low <= 1 / 1.25 <= result.high
    assert covered / 400 >= 0.92


@pytest.mark.parametrize(
    ("table", "groups", "message"),
    [
        ([[1, 2]], None, "two targets"),
        ([[1], [2]], None, "two ratings"),
        ([[1, float("nan")], [2, 3]], None, "every rating"),
        ([[4, 4], [4, 4]], None, "rated alike"),
        ([[4, 3], [1, 2]], ["a", "b"], "two targets or more"),
    ],
)
def test_what_cannot_be_computed(table: list[list[float]], groups: list[str] | None, message: str) -> None:
    with pytest.raises(RankingError, match=message):
        icc_2_1(table, groups)
