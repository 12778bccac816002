"""Lengths vary where clients speak, and tell nothing where a model must choose; the reading level has some spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from counsel_leaderboard.registry.bank_checks import texts
from tests.support.bank_checks import reading

Rows = dict[str, list[dict[str, Any]]]
TALKS = ["psyllm", "response", "trajectory", "preference", "judge-exam"]


def test_paired_replies_are_of_similar_length(banks: Rows) -> None:
    pairs = [(row["id"], len(row["flawed"]) / len(row["reference"])) for row in banks.get("preference", [])]
    assert [pair for pair in pairs if not 0.8 <= pair[1] <= 1.25] == []


def test_twins_of_the_judge_exam_are_as_long_as_each_other(banks: Rows) -> None:
    rows = banks["judge-exam"]
    assert [row["id"] for row in rows if not 0.9 <= len(row["flawed"]) / len(row["sound"]) <= 1.1] == []
    assert [row["id"] for row in rows for side in ("sound", "flawed") if not 40 <= len(row[side].split()) <= 90] == []


@pytest.mark.parametrize(("name", "good"), [("preference", "reference"), ("judge-exam", "sound")])
def test_the_longer_reply_is_flawed_about_half_the_time(name: str, good: str, banks: Rows) -> None:
    rows = banks.get(name, [])
    if not rows:
        pytest.skip(f"the {name} bank is not here")
    longer = np.mean([(np.sign(len(row["flawed"]) - len(row[good])) + 1) / 2 for row in rows])
    assert 0.4 <= longer <= 0.6, f"the flawed reply is the longer one in {longer:.0%} of {len(rows)} pairs"


def test_right_answers_of_response_are_not_told_by_length(banks: Rows) -> None:
    length = {
        right: np.mean([sum(len(m["content"]) for m in row["messages"]) for row in banks["response"] if row["right"] == right])
        for right in ("yes", "no")
    }
    assert 0.8 <= length["yes"] / length["no"] <= 1.25, length


@pytest.mark.parametrize("name", TALKS)
def test_clients_are_brief_and_talkative(name: str, banks: Rows) -> None:
    if name not in banks:
        pytest.skip(f"the {name} bank is not here")
    lengths = [len(said.split()) for row in banks[name] for said in texts.spoken(name, row, "client")]
    low, high = np.percentile(lengths, [10, 90])
    assert high >= 1.5 * low, f"client turns of 10th and 90th percentile have {low:.0f} and {high:.0f} words"


@pytest.mark.parametrize("name", TALKS)
def test_reading_level_varies_and_stays_readable(name: str, banks: Rows) -> None:
    """One Flesch-Kincaid grade between the 10th and the 90th percentile of clients, nobody above grade 12."""
    if name not in banks:
        pytest.skip(f"the {name} bank is not here")
    grades = [reading.grade(" ".join(texts.spoken(name, row, "client"))) for row in banks[name]]
    low, middle, high = np.percentile(grades, [10, 50, 90])
    print(f"{name}: Flesch-Kincaid grade {low:.1f} / {middle:.1f} / {high:.1f} (10%, 50%, 90%)")
    assert high - low >= 1
    assert max(grades) <= 12


def test_stigma_vignettes_are_read_alike(banks: Rows) -> None:
    """A condition must not stand out by harder words: its mean grade lies within 2.5 of every other's."""
    rows = banks.get("stigma", [])
    means = [
        np.mean([reading.grade(row["vignette"]) for row in rows if row["condition"] == condition])
        for condition in {row["condition"] for row in rows}
    ]
    assert not means or max(means) - min(means) <= 2.5, means


@pytest.mark.parametrize(
    ("word", "count"), [("cat", 1), ("the", 1), ("table", 2), ("making", 2), ("made", 1), ("family", 3), ("see", 1)]
)
def test_syllables(word: str, count: int) -> None:
    assert reading.syllables(word) == count


def test_grade_follows_the_formula() -> None:
    """8 words, 2 sentences, 9 syllables (ta-ble has two): .39 * 8 / 2 + 11.8 * 9 / 8 - 15.59 = -.755."""
    assert reading.grade("The cat sat on the table. It slept.") == pytest.approx(-0.755)


def test_a_text_without_words_has_no_grade() -> None:
    with pytest.raises(ValueError, match="without words"):
        reading.grade("... 12!")
