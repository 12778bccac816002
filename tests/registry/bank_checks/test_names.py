"""Invented people and places do not come back from item to item."""

from __future__ import annotations

from typing import Any

from counsel_leaderboard.registry.bank_checks import texts
from tests.support.bank_checks import names


def test_names_are_not_repeated(banks: dict[str, list[dict[str, Any]]]) -> None:
    """The stigma vignettes share two names by design and count as one item, so that no other bank takes them."""
    said: dict[str, list[str]] = {}
    for bank, rows in banks.items():
        for row in rows:
            key = "stigma" if bank == "stigma" else row["id"]
            said.setdefault(key, []).extend(texts.spoken(bank, row, "client", "counselor", "vignette"))
    assert names.repeated(said, names.allowed()) == {}


def test_a_repeated_name_is_found_at_sentence_starts_too() -> None:
    said = {"a": ["I rang Zuleika twice."], "b": ["Zuleika left."], "c": ["My friend left on Monday."], "d": ["It was Monday."]}
    assert names.repeated(said, frozenset({"Monday"})) == {"Zuleika": ["a", "b"]}


def test_sentence_starts_and_common_words_are_no_names() -> None:
    said = {"a": ["He said, After that. We ran after it."], "b": ["After tea. Tea it was."]}
    assert names.repeated(said, frozenset()) == {}


def test_a_name_within_one_item_may_repeat() -> None:
    assert names.repeated({"a": ["I saw Zuleika.", "And Zuleika saw me."]}, frozenset()) == {}
