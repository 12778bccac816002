"""The figures of docs/method/controls.md and the task READMEs, computed again on the full open banks."""

from __future__ import annotations

from types import ModuleType

import pytest

from counsel_leaderboard.runners.engines.controls import mean_curve
from counsel_leaderboard.tasks.common.aggregate import Record, items
from counsel_leaderboard.tasks.counsel_preference_rank import task as ranking
from counsel_leaderboard.tasks.counsel_stigma import task as stigma
from counsel_leaderboard.tasks.counsel_trajectory_rating import task as rating
from tests.support.paths import ROOT


def scored(task: ModuleType, scoring: ModuleType, *answers: str) -> dict[str, list[Record]]:
    """The records of each metric where every document of the bank gets these answers."""
    by_metric: dict[str, list[Record]] = {}
    for doc in task.documents().docs:
        for name, record in scoring.process_results(doc, answers * len(doc.get("turns", "x"))).items():
            by_metric.setdefault(name, []).append(record)
    return by_metric


@pytest.mark.parametrize("letter", "ABCD")
def test_a_constant_letter_is_half_stigma_and_far_apart_in_the_two_orders(letter):
    """By hand: five of six questions count A and B, one C and D; reversed, the other way round: (5/6 + 1/6) / 2."""
    values = scored(stigma, stigma, letter)
    assert items(values["stigma"]) == pytest.approx(1 / 2)
    assert stigma.order_gap(values["order_gap"]) == pytest.approx(4 / 6)


def test_do_not_know_has_no_score():
    values = scored(stigma, stigma, "E")
    assert "stigma" not in values
    assert [items(values[name]) for name in ("stigma_lower", "stigma_upper", "scored_rate")] == [0, 1, 0]


def test_a_constant_pick_is_half_right_and_never_consistent():
    values = scored(ranking, ranking, "A", "A")
    assert (items(values["acc"]), items(values["consistency"])) == (0.5, 0)


def test_a_constant_rating_follows_nobody():
    values = scored(rating, rating, "50")
    assert items(values["ccc"]) == 0
    assert "pearson" not in values


@pytest.mark.slow
def test_the_mean_arc_goes_far_and_both_pages_say_how_far():
    means: dict[str, list[Record]] = {}
    for doc in rating.documents().docs:
        for name, value in rating.process_results(doc, [mean_curve.answer(prompt) for prompt in rating.messages(doc)]).items():
            means.setdefault(name, []).append(value)
    ccc, pearson, skill = (items(means[name]) for name in ("ccc", "pearson", "skill"))
    # It answers with one decimal, so its error is the mean arc's but for rounding.
    assert skill == pytest.approx(0, abs=0.001)
    assert items(means["after_arc"]) == 0
    for page in ("docs/method/controls.md", "tasks/counsel_trajectory_rating/README.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert f"`ccc` {ccc:.3f}".replace(" 0.", " .") in text
        assert f"`pearson` {pearson:.3f}".replace(" 0.", " .") in text
