from __future__ import annotations

import pytest

from counsel_leaderboard.registry.scoring.aggregate import COMBINES, ScoredItem, combine

# Stratum A: cluster a1 (values 1 and 0), cluster a2 (1). Stratum B: cluster b1 (0, weight 3, and 1).
ITEMS = [
    ScoredItem(1.0, 1.0, "A", "a1"),
    ScoredItem(0.0, 1.0, "A", "a1"),
    ScoredItem(1.0, 1.0, "A", "a2"),
    ScoredItem(0.0, 3.0, "B", "b1"),
    ScoredItem(1.0, 1.0, "B", "b1"),
]


def test_items_is_the_weighted_mean() -> None:
    # (1 + 0 + 1 + 0*3 + 1) / (1 + 1 + 1 + 3 + 1) = 3 / 7
    assert combine(ITEMS, "items") == pytest.approx(3 / 7, abs=1e-15)


def test_clusters_weigh_the_same() -> None:
    # a1 = 1/2, a2 = 1, b1 = (0*3 + 1*1)/4 = 1/4; mean of the three = 1.75/3
    assert combine(ITEMS, "clusters") == pytest.approx(1.75 / 3, abs=1e-15)


def test_strata_weigh_the_same() -> None:
    # A = (1/2 + 1)/2 = 3/4, B = 1/4; mean = 1/2
    assert combine(ITEMS, "strata") == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize("how", COMBINES)
def test_an_unscored_item_enters_no_mean(how: str) -> None:
    unscored = ScoredItem(None, 1.0, "C", "c1")
    assert combine([*ITEMS, unscored], how) == combine(ITEMS, how)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", COMBINES)
def test_nothing_scored_is_no_value(how: str) -> None:
    assert combine([ScoredItem(None, 1.0, "A", "a")], how) is None  # type: ignore[arg-type]
