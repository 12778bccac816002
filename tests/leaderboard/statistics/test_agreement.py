from __future__ import annotations

import numpy as np
import pytest

from counsel_leaderboard.leaderboard.statistics.agreement import gwet_ac1, krippendorff_alpha, raw_agreement
from counsel_leaderboard.leaderboard.statistics.errors import RankingError

NAN = np.nan
# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example C: four observers, twelve units, gaps.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
    [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
]


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorff_alpha_as_published(level: str, alpha: float) -> None:
    assert round(krippendorff_alpha(OBSERVERS, level), 3) == alpha


def test_krippendorff_alpha_by_hand() -> None:
    # Units (a, a) and (a, b): coincidences aa 2, ab 1, ba 1; margins 3 and 1. Observed 2, expected 2 * 3 * 1 / 3 = 2.
    assert krippendorff_alpha([[0, 0], [0, 1]]) == pytest.approx(0.0)


def test_a_lone_rating_does_not_count() -> None:
    assert krippendorff_alpha([[0, 1, 1], [0, 1, NAN]]) == krippendorff_alpha([[0, 1], [0, 1]]) == 1.0


@pytest.mark.parametrize("ratings", [[[1, NAN], [NAN, 2]], [[1, 1], [1, 1]]])
def test_alpha_that_is_not_defined_is_refused(ratings: list[list[float]]) -> None:
    with pytest.raises(RankingError, match="agreement"):
        krippendorff_alpha(ratings)


def test_ac1_stays_high_where_nearly_all_ratings_are_alike() -> None:
    # Two raters on 125 units: both yes 118, both no 0, apart 5 and 2. Raw 118 / 125 = .944; the share of yes is 243 / 250,
    # .972, so chance is 2 * .972 * .028 = .054432, and AC1 (.944 - .054432) / (1 - .054432) = .940777. Alpha is below 0 on it.
    counts = [[2, 0]] * 118 + [[1, 1]] * 7
    assert raw_agreement(counts) == pytest.approx(0.944)
    assert gwet_ac1(counts) == pytest.approx(0.940777, abs=1e-6)
    table = [[0] * 125, [0] * 118 + [1] * 7]
    assert krippendorff_alpha(table) < 0


def test_ac1_of_three_values_by_hand() -> None:
    # Units (a, a, b) and (c, c, c): raw (1/3 + 1) / 2 = 2/3. Shares a 1/3, b 1/6, c 1/2: chance
    # (2/9 + 5/36 + 1/4) / 2 = 11/36. AC1 (24/36 - 11/36) / (25/36) = 13/25. A unit with one rating changes nothing.
    counts = [[2, 1, 0], [0, 0, 3], [1, 0, 0]]
    assert raw_agreement(counts) == pytest.approx(2 / 3)
    assert gwet_ac1(counts) == pytest.approx(13 / 25)
    # A fourth value that nobody gave lowers what chance gives: (22/36) / 3.
    assert gwet_ac1([[*row, 0] for row in counts]) == pytest.approx((2 / 3 - 22 / 108) / (1 - 22 / 108))


@pytest.mark.parametrize("counts", [[[1, 0], [0, 1]], [[2], [2]]])
def test_ac1_that_is_not_defined_is_refused(counts: list[list[float]]) -> None:
    with pytest.raises(RankingError):
        gwet_ac1(counts)
