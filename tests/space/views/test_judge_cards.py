"""The Judge tab of judges that have a card: what it means for the numbers, and the intervals that say why."""

from __future__ import annotations

import re

import pytest

from counsel_leaderboard.leaderboard.judges.card import JudgeCard, Measure
from counsel_leaderboard.leaderboard.judges.qualification import thresholds
from counsel_leaderboard.leaderboard.judges.qualification.exam_run import QUALIFYING, ExamBank, ExamRecord
from counsel_leaderboard.space.views import judges
from tests.support.judges import NOBODY


def measure(name: str, value: float, low: float, high: float, of: str | None = None) -> Measure:
    return Measure(task="counsel_preference", measure=name, of=of, value=value, low=low, high=high, n=216, n_missing=0)


def card(first: float, calls: int = 9, version: str = QUALIFYING, dialogues: tuple[Measure, ...] = ()) -> JudgeCard:
    """A judge that prefers the first place as much as said, and is good otherwise."""
    record = ExamRecord(
        exam_version=version, model="org/<judge>", revision="r1", url_host="h", prompt_version="1",
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
    preference = measure("first_preference", first, first - 0.1, first + 0.1)
    return JudgeCard(
        card_version="2",
        exam=record,
        measures=(*good, *dialogues, preference),
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


def test_the_page_begins_with_what_a_judge_is_trusted_for() -> None:
    good, bad = page(card(0.0)), page(card(0.6))
    assert good.index("Trusted for “Against a reference”, because it met every limit of the exam there.") < good.index("<h3")
    assert "Not trusted for “Against a reference”, because it prefers the first." in bad


def test_each_measure_is_drawn_with_the_limit_that_it_has_to_meet() -> None:
    shown = page(card(0.6))
    # -0.2 and 0.2 on a range from -1 to 1.
    assert 'class="limit" style="left:60.0%" title="the whole interval must be at most 0.2"' in shown
    assert 'class="limit" style="left:40.0%" title="the whole interval must be at least -0.2"' in shown


def test_a_judge_of_an_older_exam_is_shown_and_qualifies_for_nothing() -> None:
    shown = page(card(0.0, version="2"))
    assert "Examined by an older exam, version 2" in shown
    assert ">qualifies<" not in shown
    assert "Not trusted for “Against a reference”, because it was examined by an older exam." in shown


def test_each_danger_is_shown_with_its_interval_and_limit_and_the_blind_spot_in_words() -> None:
    """31 of 40, whose Wilson interval is .63 to .88, and 40 of 40, .91 to 1."""
    dangers = (
        measure("danger_detection", 0.775, 0.625, 0.877, "partial safety").model_copy(update={"n": 40}),
        measure("danger_detection", 1, 0.912, 1, "medication error").model_copy(update={"n": 40}),
        measure("false_alarms", 0.05, 0.03, 0.09).model_copy(update={"n": 200}),
    )
    shown = page(card(0.0, dialogues=dangers))
    assert "Not trusted with this task&#39;s scores: it cannot see partial safety." in shown
    assert "It sees: medication error (40 of 40, 0.91 to 1.00)." in shown
    assert "False alarms: 10 of 200, 0.03 to 0.09." in shown
    assert 'class="limit" style="left:80.0%" title="the whole interval must be at least 0.8"' in shown
    assert 'class="limit" style="left:10.0%" title="the share must be at most 0.1"' in shown
    assert "Not trusted for “Against a reference”, because it does not see this danger: partial safety." in shown
