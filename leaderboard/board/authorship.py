"""Which models are of the family that drafted the items: the items may favour such a candidate or judge."""

from __future__ import annotations

import re
from functools import cache

from counsel_leaderboard.registry.cards.catalog import cards


@cache
def drafting_families() -> frozenset[str]:
    """The model families named in the cards of the datasets that the tasks use (`drafted_by_family`)."""
    return frozenset(card.drafted_by_family for card in cards().values() if card.drafted_by_family and card.tasks)


def drafting_family(*names: str | None) -> str | None:
    """The drafting family that one of the names belongs to, or None.

    names: of a model, its repository, its declared family or a judge. A name belongs to a family that it contains as a word,
    whatever the case, with or without a version glued to it. A model served under another name is not found: this marks what is
    declared and proves nothing.
    """
    return next((family for family in sorted(drafting_families()) for name in names if name and _holds(name, family)), None)


def _holds(name: str, family: str) -> bool:
    return re.search(rf"(?<![a-z]){re.escape(family)}(?![a-z])", name, re.IGNORECASE) is not None
