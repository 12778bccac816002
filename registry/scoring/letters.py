"""Reading a letter out of an answer: strictly for the open suite, as upstream does for upstream prompts."""

from __future__ import annotations

import re
from collections.abc import Sequence

LETTERS = "ABCDE"
DO_NOT_KNOW = "E"

DECLINING = (
    *("do not know", "don't know", "cannot", "can't", "can not", "unable", "not able", "won't", "will not", "not appropriate"),
    *("not comfortable", "as an ai", "as a language model", "as an assistant", "sorry", "decline", "depends", "none of"),
    *("no opinion", "not possible", "insufficient", "not enough information"),
)
"""Words by which an answer's first line declines to choose; asked only where no letter could be read."""

DROPPED_UPSTREAM = str.maketrans("", "", "():.*\u2581")
LONGEST_PICK = 200
"""No longer text is only a letter."""
OF_TWO = re.compile(r"^[\s*_(\[\"']*(?:reply\s+)?([ab])[\s*_)\]:.,\"']*$", re.IGNORECASE)
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


def declines(answer: str) -> bool:
    """True if the answer's first line declines to choose, in words or by the letter E where no E is offered."""
    lines = answer.strip().splitlines()
    first = lines[0].lower().replace("\u2019", "'") if lines else ""
    return first.strip(" *_.()[]") == DO_NOT_KNOW.lower() or any(words in first for words in DECLINING)


def upstream(answer: str, options: Sequence[str]) -> str | None:
    """The letter as upstream's parser reads it: marks dropped, first token, upper case; "A person like ..." is an A there."""
    tokens = answer.translate(DROPPED_UPSTREAM).split()
    letter = tokens[0].upper() if tokens else ""
    return letter if len(letter) == 1 and letter in LETTERS[: len(options)] else None


def of_two(answer: str) -> str | None:
    """A or B, alone or as "Reply A", with or without punctuation around it; None for anything else."""
    match = OF_TWO.match(answer) if len(answer) <= LONGEST_PICK else None
    return match[1].upper() if match else None
