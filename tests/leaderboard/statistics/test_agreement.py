from __future__ import annotations

import numpy as np
import pytest

from counsel_leaderboard.leaderboard.statistics.agreement import krippendorff_alpha
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
