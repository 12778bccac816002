"""No text comes twice, inside a bank or between banks, not even with a few words changed."""

from __future__ import annotations

from typing import Any

from counsel_leaderboard.registry.bank_checks.texts import Text
from tests.registry.bank_checks.rules import duplicates as rules
from tests.support.bank_checks.similarity import near_duplicates, shingles

FIRST = "On Sunday my neighbour brought soup and stayed until the rain had stopped over the hills"
# One word of sixteen changed, in the middle: 3 of the 14 triples of each are lost, so 11 shared of 17 in all, .647.
NEAR = FIRST.replace("stayed", "talked")
OTHER = "Nobody at the workshop has said a word to me since the boss read out that list of names"


def text(words: str, item: str) -> Text:
    return Text("psyllm", item, "turns.0.client", "client", words)


def test_no_near_duplicates(banks: dict[str, list[dict[str, Any]]], prose: list[Text]) -> None:
    rules.no_near_duplicates(banks, prose)


def test_a_changed_word_is_seen_through() -> None:
    (pair,) = near_duplicates([text(FIRST, "a"), text(OTHER, "b"), text(NEAR, "c")])
    assert (pair.first.item, pair.second.item, pair.jaccard) == ("a", "c", 11 / 17)


def test_short_texts_may_repeat() -> None:
    assert near_duplicates([text("Where are you on the scale?", "a"), text("Where are you on the scale?", "b")]) == []


def test_shingles_ignore_case_and_marks() -> None:
    assert shingles("Well, THAT was it.") == {"well that was", "that was it"}
