"""Slips of editing, and notes that say nothing."""

from __future__ import annotations

from typing import Any

from counsel_leaderboard.registry.bank_checks.texts import Text
from tests.registry.bank_checks.rules import slips as rules
from tests.support.bank_checks.slips import stutters


def test_no_phrase_stands_twice_in_a_row(prose: list[Text]) -> None:
    rules.no_phrase_stands_twice_in_a_row(prose)


def test_a_stutter_is_found() -> None:
    assert stutters("I'm curious about what it is curious about what it is for.") == ["curious about what it is "]
    assert stutters("You love a happy child, and you love a happy dog.") == []


def test_every_item_has_notes_of_its_own(banks: dict[str, list[dict[str, Any]]]) -> None:
    rules.every_item_has_notes_of_its_own(banks)
