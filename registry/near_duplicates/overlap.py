"""Detects text that repeats or quotes another text, by shared runs of words in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import lru_cache
from typing import Any, Final

# A word of an alphabet, or one character of a script written without spaces.
_TOKEN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\W_]+")
_QUOTED: Final = re.compile(r"[\"“„«「『‘](.{2,400}?)[\"”“»」』’]|(?<!\w)'(.{2,400}?)'(?!\w)", re.DOTALL)
RUN: Final = 5
LONG_RUN: Final = 12
LONG_RUN_SPACELESS: Final = 20


def tokens(text: str) -> list[str]:
    """The words of a text in order, case-folded, normalised (NFKC) and without punctuation."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def runs(words: Sequence[str], length: int) -> set[tuple[str, ...]]:
    """All runs of `length` successive words; empty for a shorter text."""
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def texts(value: Any) -> list[str]:
    """All strings inside a JSON value, without the keys of objects."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, Iterable):
        return [text for item in value for text in texts(item)]
    return []


def quotes(text: str, sources: Iterable[str]) -> bool:
    """Whether `text` shares five successive words with a source, or has two or more of its words in quotation marks."""
    known, shared = _runs_of(tuple(sources))
    if any(run in shared for run in runs(tokens(text), RUN)):
        return True
    return any(_contains(words, quoted) for quoted in _quotations(text) for words in known)


@lru_cache(maxsize=16)
def _runs_of(sources: tuple[str, ...]) -> tuple[list[list[str]], Set[tuple[str, ...]]]:
    """The words of each source, and all their runs together. Cached, for every string of a verdict is held against the same."""
    known = [tokens(source) for source in sources]
    return known, set().union(*(runs(words, RUN) for words in known))


def _quotations(text: str) -> list[list[str]]:
    quoted = (tokens(double or single) for double, single in _QUOTED.findall(text))
    return [words for words in quoted if len(words) >= 2]


def _contains(words: Sequence[str], part: Sequence[str]) -> bool:
    return tuple(part) in runs(words, len(part))


def repeats(text: str, sources: Iterable[str]) -> bool:
    """Whether `text` repeats a source: it equals one, shares a long run with one, or half of it lies in shared runs of five.

    A long run is twelve words, or twenty characters of a script written without spaces. A reply may use
    some of the client's words, but not consist of them.
    """
    words = tokens(text)
    known, shared = _runs_of(tuple(sources))
    if len(words) > 1 and words in known:
        return True
    length = LONG_RUN_SPACELESS if 2 * sum(_spaceless(word) for word in words) > len(words) else LONG_RUN
    if runs(words, length) & set().union(*(runs(source, length) for source in known)):
        return True
    return 2 * _covered(words, shared) >= max(len(words), 1)


def _spaceless(word: str) -> bool:
    return len(word) == 1 and ord(word) >= 0x3040


def _covered(words: Sequence[str], shared: Set[tuple[str, ...]]) -> int:
    covered = {
        position
        for start in range(len(words) - RUN + 1)
        if tuple(words[start : start + RUN]) in shared
        for position in range(start, start + RUN)
    }
    return len(covered)
