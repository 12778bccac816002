"""Remarks: the sentences of what a counselor says, as the topic model reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from counsel_leaderboard.registry.skills.splitter import sentences

FEWEST_WORDS: Final = 3
"""A shorter sentence says nothing of its topic."""
LONGEST_TURN: Final = 20_000
"""Characters that are read of a turn."""

_LETTERS: Final = re.compile(r"[^\W\d_]{2,}|\bI\b|\ba\b", re.IGNORECASE)


@dataclass(frozen=True)
class Remark:
    """One sentence with where it comes from: `case` is the client or item that is sampled, `turn` the index of the turn."""

    text: str
    source: str
    case: str
    turn: int = 0
    subject: str = ""
    """What its source says that the whole conversation is about, where it does."""


def remarks_of(text: str) -> list[str]:
    """The sentences of a turn without Markdown, of three words or more.

    Code blocks are left out, and so is what follows after 20,000 characters.
    """
    units = (" ".join(unit.split()) for unit in sentences(text[:LONGEST_TURN]))
    return [unit for unit in units if len(_LETTERS.findall(unit)) >= FEWEST_WORDS]
