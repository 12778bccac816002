"""Invented people and places do not come back from item to item."""

from __future__ import annotations

from typing import Any

from tests.registry.bank_checks.rules import names as rules
from tests.support.bank_checks import names


def test_names_are_not_repeated(banks: dict[str, list[dict[str, Any]]]) -> None:
    rules.names_are_not_repeated(banks)


def test_a_repeated_name_is_found_at_sentence_starts_too() -> None:
    utterances = {
        "a": ["I rang Zuleika twice."],
        "b": ["Zuleika left."],
        "c": ["My friend left on Monday."],
        "d": ["It was Monday."],
    }
    assert names.repeated(utterances, frozenset({"Monday"})) == {"Zuleika": ["a", "b"]}


def test_sentence_starts_and_common_words_are_no_names() -> None:
    utterances = {"a": ["He said, After that. We ran after it."], "b": ["After tea. Tea it was."]}
    assert names.repeated(utterances, frozenset()) == {}


def test_a_name_within_one_item_may_repeat() -> None:
    assert names.repeated({"a": ["I saw Zuleika.", "And Zuleika saw me."]}, frozenset()) == {}
