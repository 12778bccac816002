"""Reading a letter out of an answer: strictly for the open suite, as upstream does for upstream prompts."""

from __future__ import annotations

import re
from collections.abc import Sequence

LETTERS = "ABCDE"
DO_NOT_KNOW = "E"

DROPPED_UPSTREAM = str.maketrans("", "", "():.*\u2581")
LETTER = re.compile(r"^[\s*_(\[-]*([A-Ea-e])(?![A-Za-z])([\s*_)\]:.,-]*)(.*)$")


def strict(answer: str, options: Sequence[str]) -> str | None:
    """The letter A-E of an answer whose first line is a letter, or a letter followed by a delimiter, its own option or both.

    Anything else is None: prose that begins with "A", a letter with another option's text, two letters, a letter of no option.
    """
    lines = answer.strip().splitlines()
    match = LETTER.match(lines[0]) if lines else None
    if match is None:
        return None
    letter = match[1].upper()
    if LETTERS.index(letter) >= len(options):
        return None
    rest = match[3].strip(" *_.()").lower()
    return letter if own_option(rest, options[LETTERS.index(letter)].lower()) else None


def own_option(rest: str, option: str) -> bool:
    """True for nothing, the option's text with whatever follows it, or a beginning of it that the token limit cut."""
    if not rest or option.startswith(rest):
        return True
    return rest.startswith(option) and not rest[len(option)].isalnum()


def upstream(answer: str, options: Sequence[str]) -> str | None:
    """The letter as upstream's parser reads it: marks dropped, first token, upper case; "A person like ..." is an A there."""
    tokens = answer.translate(DROPPED_UPSTREAM).split()
    letter = tokens[0].upper() if tokens else ""
    return letter if len(letter) == 1 and letter in LETTERS[: len(options)] else None
