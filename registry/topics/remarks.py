"""Remarks: the sentences of what a counselor says, as the topic model reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

FEWEST_WORDS: Final = 3
"""A shorter sentence says nothing of its topic."""
LONGEST_TURN: Final = 20_000
"""Characters that are read of a turn."""
LONGEST_REMARK: Final = 1_000

_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+|[^\S\n]{0,40}\n\s*")
_CODE: Final = re.compile(r"```.*?(```|\Z)", re.DOTALL)
_MARKS: Final = re.compile(r"[*#_`>|~]+|^\s*(?:[-•]|\d+[.)])\s+")
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
    """The sentences of a turn without Markdown, of three words or more, each cut at 1,000 characters.

    Code blocks are left out, and so is what follows after 20,000 characters.
    """
    prose = _CODE.sub("\n", text[:LONGEST_TURN])
    sentences = (" ".join(_MARKS.sub(" ", part).split())[:LONGEST_REMARK] for part in _SENTENCE_END.split(prose) if part)
    return [sentence for sentence in sentences if len(_LETTERS.findall(sentence)) >= FEWEST_WORDS]
