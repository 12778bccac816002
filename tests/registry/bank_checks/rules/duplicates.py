"""A rule of the banks: no text comes twice."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from counsel_leaderboard.registry.bank_checks.texts import Text
from tests.support.bank_checks.similarity import near_duplicates

TWINS = (
    *({"reference", "flawed"}, {"reference", "other"}, {"sound", "flawed"}),
    *({f"replies.{first}", f"replies.{second}"} for first, second in combinations(("sound", "slight", "plain"), 2)),
)


def no_near_duplicates(banks: dict[str, list[dict[str, Any]]], prose: list[Text]) -> None:
    """Left out: notes; tellings of a vignette and pairs of a request, alike by design; replies of a pair, or of one speech."""
    speech_of = {row["id"]: row["speech_id"] for row in banks.get("rank", [])}
    first_of = {
        row["id"]: row[field] for bank, field in (("stigma", "story"), ("requests", "request")) for row in banks.get(bank, [])
    }
    one_each = set({text: item for item, text in first_of.items()}.values())
    spoken = [piece for piece in prose if piece.speaker != "notes" and (piece.item not in first_of or piece.item in one_each)]
    pairs = [
        pair
        for pair in near_duplicates(spoken)
        if not (pair.first.item == pair.second.item and {pair.first.part, pair.second.part} in TWINS)
        and speech_of.get(pair.first.item, "") != speech_of.get(pair.second.item)
    ]
    assert [(pair.first.item, pair.first.part, pair.second.item, pair.second.part, pair.jaccard) for pair in pairs] == []
