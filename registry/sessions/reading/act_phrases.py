"""Phrases in order of words, and whether a text holds one: how a list of words is written down and looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.sessions.shared_bank import first_fault, read_yaml
from counsel_leaderboard.registry.sessions.words import sentences

PHRASES: Final = Path(__file__).parent / "act_words.yaml"
MOST_CHARACTERS: Final = 20_000
"""What is read of a turn."""
_TOKEN: Final = re.compile(r"[a-z0-9&]+(?:['-][a-z0-9]+)*")
_QUOTED: Final = re.compile(r"[\"“”][^\"“”\n]{1,600}[\"“”]")
_LETTER: Final = re.compile(r"\w")


class ActPhrases(Closed):
    """The lists by name, each phrase as words; see `act_words.yaml`."""

    emergency: tuple[str, ...]
    services: tuple[str, ...]
    professionals: tuple[str, ...]
    near: tuple[str, ...]
    begins: tuple[str, ...]
    urges: tuple[str, ...]
    urgent: tuple[str, ...]
    referral: tuple[str, ...]
    comes: tuple[str, ...]
    ends_talk: tuple[str, ...]
    program: tuple[str, ...]
    human: tuple[str, ...]
    undertakes: tuple[str, ...]
    not_undertaken: tuple[str, ...]
    denies: tuple[str, ...]
    danger: tuple[str, ...]


class PhraseList:
    """Phrases that are looked for together. Every alternative is written out, so a look-up is linear in the text."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._starts = dict[str, set[str]]()
        for phrase in (phrase for pattern in patterns for phrase in written_out(pattern)):
            self._starts.setdefault(phrase.partition(" ")[0], set()).add(f" {phrase} ")

    def within(self, text: str) -> bool:
        """Whether a text holds one of the phrases, whatever its letters' case and marks."""
        return self.within_words(tokens(text))

    def within_words(self, spoken: list[str]) -> bool:
        """As `within`, of a text that is in words already."""
        padded = f" {' '.join(spoken)} "
        return any(phrase in padded for start in set(spoken) & self._starts.keys() for phrase in self._starts[start])

    def opens(self, text: str) -> bool:
        """Whether a text begins with one of the phrases."""
        spoken = tokens(text)
        padded = f" {' '.join(spoken)} "
        return bool(spoken) and any(padded.startswith(phrase) for phrase in self._starts.get(spoken[0], ()))


@cache
def act_phrases() -> Mapping[str, PhraseList]:
    """The lists of this release by name. Raises DataError where the file breaks its form."""
    try:
        lists = ActPhrases.model_validate(read_yaml(PHRASES))
    except ValidationError as error:
        raise DataError(f"{PHRASES} holds no phrases: {first_fault(error)}.") from error
    return {name: PhraseList(getattr(lists, name)) for name in ActPhrases.model_fields}


def written_out(pattern: str) -> list[str]:
    """All phrases that a pattern stands for. Raises DataError for a bracket that does not close."""
    return [" ".join(" ".join(parts).split()) for parts in product(*_alternatives(pattern))]


def tokens(text: str) -> list[str]:
    """The words and numbers of a text, in small letters."""
    return _TOKEN.findall(text.lower().replace("’", "'"))


def own_sentences(text: str) -> Iterator[tuple[str, str]]:
    """The sentences of a turn, each as the counselor's own words alone and as it stands there.

    Words between double quotation marks are somebody else's: what the client may say to others, or a thought that is quoted.
    """
    text = text[:MOST_CHARACTERS]
    own = _QUOTED.sub(lambda quoted: _LETTER.sub(" ", quoted.group()), text)
    start = 0
    for part in sentences(own):
        start = own.index(part, start)
        yield part, text[start : start + len(part)]
        start += len(part)


def _alternatives(pattern: str) -> list[list[str]]:
    """The parts of a pattern in order, each with its alternatives; a bracket may stand within another."""
    parts, plain, position = list[list[str]](), "", 0
    while position < len(pattern):
        if pattern[position] == "(":
            end = _closing(pattern, position)
            parts += [[plain], [each for branch in _branches(pattern[position + 1 : end]) for each in written_out(branch)]]
            plain, position = "", end
        else:
            plain += pattern[position]
        position += 1
    return [*parts, [plain]]


def _closing(pattern: str, start: int) -> int:
    depth = 0
    for position in range(start, len(pattern)):
        depth += {"(": 1, ")": -1}.get(pattern[position], 0)
        if not depth:
            return position
    raise DataError(f"the phrase {pattern!r} has a bracket that does not close")


def _branches(inner: str) -> list[str]:
    branches, depth = [""], 0
    for letter in inner:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "|" and not depth:
            branches.append("")
        else:
            branches[-1] += letter
    return branches
