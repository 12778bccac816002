"""Sentences and content words of what is spoken in a session."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?]*[\"')\]]*")
_WORD: Final = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_ENDING: Final = re.compile(r"(?<=[a-z]{3})(?:ingly|edly|ness|ing|ied|ies|ed|es|ly|s|y|e)$")
EMPTY_WORDS: Final = frozenset((Path(__file__).parent / "empty_words.txt").read_text(encoding="utf-8").split())
"""Words that say nothing of what a sentence is about."""


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its closing mark, and as it stands there.

    Not those of `registry.skills.splitter`, which takes Markdown out of them: word lists quote a sentence from its position in
    the turn, and their agreement with the judge was measured on these.
    """
    return [part for match in _SENTENCE.finditer(text) if _WORD.search((part := match.group().strip()).lower())]


def words(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return _WORD.findall(text.lower().replace("’", "'"))


def stems(text: str) -> frozenset[str]:
    """The content words of a text without their endings."""
    return frozenset(
        _ENDING.sub("", word.removesuffix("'s")) for word in words(text) if word not in EMPTY_WORDS and len(word) > 2
    )


def is_copy(sentence: str, source: str) -> bool:
    """Whether most of a sentence is one run of words of the source: an echo, which nobody takes for understanding."""
    spoken = words(sentence)
    if len(spoken) < 4:
        return False
    text, most = f" {' '.join(words(source))} ", max(4, round(0.6 * len(spoken)))
    return any(f" {' '.join(spoken[start : start + most])} " in text for start in range(len(spoken) - most + 1))


def plain_form(text: str) -> str:
    """A text as it is compared with another: small letters and words alone."""
    return " ".join(words(text))
