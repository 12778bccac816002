"""A rule of the banks: no text comes twice."""

from __future__ import annotations

from typing import Any

from counsel_leaderboard.registry.bank_checks.texts import Text
from tests.support.bank_checks.similarity import near_duplicates

TWINS = ({"reference", "flawed"}, {"reference", "other"}, {"sound", "flawed"})


def no_near_duplicates(banks: dict[str, list[dict[str, Any]]], prose: list[Text]) -> None:
    """Left out: notes; vignettes of one condition, alike by design (one is kept); replies of a pair, or of one speech."""
    speech_of = {row["id"]: row["speech_id"] for row in banks.get("rank", [])}
    one_each = {row["condition"]: row["id"] for row in banks.get("stigma", [])}
    spoken = [
        piece for piece in prose if piece.speaker != "notes" and (piece.bank != "stigma" or piece.item in one_each.values())
    ]
    pairs = [
        pair
        for pair in near_duplicates(spoken)
        if not (pair.first.item == pair.second.item and {pair.first.part, pair.second.part} in TWINS)
        and speech_of.get(pair.first.item, "") != speech_of.get(pair.second.item)
    ]
    assert [(pair.first.item, pair.first.part, pair.second.item, pair.second.part, pair.jaccard) for pair in pairs] == []
