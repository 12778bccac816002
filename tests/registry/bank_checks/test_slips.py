"""Slips of editing, and notes that say nothing."""

from __future__ import annotations

from typing import Any

from counsel_leaderboard.registry.bank_checks.texts import Text
from tests.support.bank_checks.slips import stutters


def test_no_phrase_stands_twice_in_a_row(prose: list[Text]) -> None:
    assert {(text.item, words) for text in prose for words in stutters(text.text)} == {
        ("traj-loss-05", "I'm reading. ")
    }  # said twice on purpose


def test_a_stutter_is_found() -> None:
    assert stutters("I'm curious about what it is curious about what it is for.") == ["curious about what it is "]
    assert stutters("You love a happy child, and you love a happy dog.") == []


def test_every_item_has_notes_of_its_own(banks: dict[str, list[dict[str, Any]]]) -> None:
    """No empty or shared filler; the variants of one stigma vignette share theirs."""
    for bank, rows in banks.items():
        notes = {row["reviewer_notes"] for row in rows}
        assert min(map(len, notes)) >= 10, bank
        assert len(notes) == (len({row["condition"] for row in rows}) if bank == "stigma" else len(rows)), bank
