"""Sentences and content words of what is spoken in a session."""

from __future__ import annotations

import re
from typing import Final

_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?]*[\"')\]]*")
_WORD: Final = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_ENDING: Final = re.compile(r"(?<=[a-z]{3})(?:ingly|edly|ness|ing|ied|ies|ed|es|ly|s|y|e)$")
EMPTY_WORDS: Final = frozenset(
    """a about after again all almost also always am an and any anything are as at back be because been before being bit but by can
    cannot come could day did do does doing don't down else even ever every feel feeling feels felt for from get gets getting give
    go goes going good got had hard has have having he hear heard help her here hers him his how i i'm i've if in into is isn't it
    it's its just kind know let like lot made make many may maybe me mean might mm more most much must my need never no not nothing
    now of off oh ok okay on once only or other our out over people perhaps please quite rather real really right said same say
    saying says see seem seems she should so some somebody someone something sometimes sort sound sounds still such take talk tell
    than thank thanks that that's the their them then there these they thing things think this those though time to today told too
    try two up us use very want was way we well went were what what's when where which while who why will with without wonder
    would yes yet you you'd you'll you're you've your yours moment share sharing understand able difficult one""".split()
)


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its closing mark."""
    return [part for match in _SENTENCE.finditer(text) if _WORD.search((part := match.group().strip()).lower())]


def words(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return _WORD.findall(text.lower().replace("’", "'"))


def stems(text: str) -> frozenset[str]:
    """The content words of a text without their endings."""
    return frozenset(_ENDING.sub("", word.removesuffix("'s")) for word in words(text) if word not in EMPTY_WORDS and len(word) > 2)


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
