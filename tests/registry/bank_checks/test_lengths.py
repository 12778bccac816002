"""Lengths vary where clients speak, and tell nothing where a model must choose; the reading level has some spread."""

from __future__ import annotations

from typing import Any

import pytest

from tests.registry.bank_checks.rules import lengths as rules
from tests.support.bank_checks import reading

Rows = dict[str, list[dict[str, Any]]]
TALKS = ["psyllm", "response", "trajectory", "preference", "rank", "judge-exam"]


def test_paired_replies_are_of_similar_length(banks: Rows) -> None:
    rules.paired_replies_are_of_similar_length(banks)


def test_twins_of_the_judge_exam_are_as_long_as_each_other(banks: Rows) -> None:
    rules.twins_of_the_judge_exam_are_as_long_as_each_other(banks)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("preference", "reference", "flawed"),
        ("rank", "reference", "other"),
        ("judge-exam", "sound", "flawed"),
        ("response", "reference", "flawed"),
    ],
)
def test_the_longer_reply_is_flawed_about_half_the_time(name: str, good: str, bad: str, banks: Rows) -> None:
    rules.the_longer_reply_is_flawed_about_half_the_time(name, good, bad, banks)


def test_look_alikes_are_not_told_by_length(banks: Rows) -> None:
    rules.look_alikes_are_not_told_by_length(banks)


@pytest.mark.parametrize("name", TALKS)
def test_clients_are_brief_and_talkative(name: str, banks: Rows) -> None:
    rules.clients_are_brief_and_talkative(name, banks)


@pytest.mark.parametrize("name", TALKS)
def test_reading_level_varies_and_stays_readable(name: str, banks: Rows) -> None:
    rules.reading_level_varies_and_stays_readable(name, banks)


def test_stigma_vignettes_are_read_alike(banks: Rows) -> None:
    rules.stigma_vignettes_are_read_alike(banks)


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
