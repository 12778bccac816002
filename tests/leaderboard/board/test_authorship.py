"""Candidates and judges of the family that drafted the items are known by their names."""

from __future__ import annotations

import pytest

from counsel_leaderboard.leaderboard.board.authorship import drafting_families, drafting_family
from counsel_leaderboard.registry.cards.catalog import cards


def test_every_open_bank_says_which_family_drafted_it() -> None:
    banks = [card for card in cards().values() if card.source.kind == "bank"]
    assert len(banks) >= 5
    assert {card.drafted_by_family for card in banks} == {"Claude"}
    assert drafting_families() == {"Claude"}


@pytest.mark.parametrize("name", ["claude-opus-4", "anthropic/Claude3-haiku", "CLAUDE", "judge: claude_2"])
def test_names_of_the_family(name: str) -> None:
    assert drafting_family(name) == "Claude"
    assert drafting_family(None, "unrelated", name) == "Claude"


@pytest.mark.parametrize("name", ["SmolLM2-135M-Instruct", "control/letter-a", "claudette-7b", "", None])
def test_names_of_others(name: str | None) -> None:
    assert drafting_family(name) is None
