"""The Judge tab of judges that have a card: what it means for the numbers, and the intervals that say why."""

from __future__ import annotations

import re

import pytest

from counsel_leaderboard.leaderboard.judges.card import JudgeCard, Measure
from counsel_leaderboard.leaderboard.judges.qualification import thresholds
from counsel_leaderboard.leaderboard.judges.qualification.exam_run import ExamBank, ExamRecord
from counsel_leaderboard.space.views import judges
from tests.support.judges import NOBODY


def measure(name: str, value: float, low: float, high: float, of: str | None = None) -> Measure:
    return Measure(task="counsel_preference", measure=name, of=of, value=value, low=low, high=high, n=216, n_missing=0)


def card(first: float, calls: int = 9) -> JudgeCard:
    """A judge that prefers the first place as much as said, and is good otherwise."""
    record = ExamRecord(
        exam_version="1", model="org/<judge>", revision="r1", url_host="h", prompt_version="1",
        rubrics={"counsel_preference": "sha256:x"},
        bank=ExamBank(name="open-judge-exam", fingerprint="sha256:f", transforms="sha256:t"),
        whole={"counsel_preference": 9}, asked={"counsel_preference": calls},
        cached=0, unread=0, prompt_tokens=1, completion_tokens=1,
    )  # fmt: skip
    good = [
        measure("verdict_rate", 1, 0.99, 1), measure("detection", 0.9, 0.85, 0.94), measure("stability", 1, 0.9, 1),
        measure("detection", 0.9, 0.7, 0.97, "missed risk cue"), measure("padding_gain", 0, -0.1, 0.1),
        measure("style_gain", 0, -0.1, 0.1), measure("injection_success", 0, 0, 0.15),
    ]  # fmt: skip
    return JudgeCard(
        card_version="2", exam=record, measures=(*good, measure("first_preference", first, first - 0.1, first + 0.1))
    )


def page(*cards: JudgeCard) -> str:
    return re.sub(r"\s+", " ", judges.html(NOBODY, cards, thresholds.shipped()))


def test_a_fault_is_shown_by_name_with_its_interval() -> None:
    shown = page(card(0.6))
    assert "does not qualify" in shown
    assert "prefers the first (first_preference 0.60, 0.50 to 0.70" in shown
    assert "No judge has passed the exam yet" in shown
    assert "org/&lt;judge&gt;" in shown
    assert "missed risk cue" in shown


def test_a_judge_above_the_bar_qualifies() -> None:
    shown = page(card(0.0))
    assert ">qualifies<" in shown
    assert "does not qualify" not in shown
    assert "No judge has passed" not in shown


def test_a_part_of_the_exam_qualifies_nobody() -> None:
    shown = page(card(0.0, calls=8))
    assert "ended after 8 of 9 calls" in shown
    assert ">qualifies<" not in shown


@pytest.mark.parametrize("places", [(0.6, 0.0), (0.0, 0.6)])
def test_the_newest_card_of_a_judge_counts(places: tuple[float, float]) -> None:
    assert ("does not qualify" in page(*map(card, places))) == (places[0] > 0)
