from __future__ import annotations

import numpy as np
import pytest

from counsel_leaderboard.leaderboard.statistics.agreement import (
    fleiss_kappa,
    krippendorff_alpha,
    lin_concordance,
    percent_agreement,
)
from counsel_leaderboard.leaderboard.statistics.errors import RankingError

NAN = np.nan
# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example C: four observers, twelve units, gaps.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
    [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
]
# Ten subjects, fourteen raters, five categories: the worked example that goes with Fleiss (1971), kappa .210.
FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
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


def test_fleiss_kappa_as_published() -> None:
    assert round(fleiss_kappa(FLEISS), 3) == 0.210


def test_fleiss_kappa_by_hand() -> None:
    # Two raters, full agreement on two of three subjects: observed 2/3, shares 1/2 each: chance 1/2; (2/3 - 1/2) / (1/2) = 1/3.
    assert fleiss_kappa([[2, 0], [0, 2], [1, 1]]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("counts", [[[2, 0], [1, 2]], [[1, 0], [0, 1]], [[3, 0], [3, 0]], []])
def test_kappa_that_is_not_defined_is_refused(counts: list[list[int]]) -> None:
    with pytest.raises(RankingError, match="Fleiss"):
        fleiss_kappa(np.array(counts, dtype=float).reshape(-1, 2))


def test_lin_concordance_by_hand() -> None:
    line = np.array([0.0, 10, 20, 30])  # variance 125 with 1/n
    assert lin_concordance(line, line) == 1
    assert lin_concordance(line, line + 5) == pytest.approx(250 / (250 + 25))
    assert lin_concordance(line, line[::-1]) == pytest.approx(-1)
    assert lin_concordance(line, np.full(4, 15.0)) == 0
    # Twice the scale: 2 * 250 / (125 + 500 + 15^2).
    assert lin_concordance(line, 2 * line) == pytest.approx(500 / 850)


@pytest.mark.parametrize(("first", "second"), [([1, 2], [1]), ([], []), ([3, 3], [3, 3])])
def test_concordance_that_is_not_defined_is_refused(first: list[float], second: list[float]) -> None:
    with pytest.raises(RankingError, match="concordance"):
        lin_concordance(first, second)


def test_percent_agreement() -> None:
    assert percent_agreement(np.array(["a", "b", "a"]), np.array(["a", "a", "a"])) == 2 / 3
    with pytest.raises(RankingError, match="one length"):
        percent_agreement(np.array([]), np.array([]))
