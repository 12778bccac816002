"""How much of a text an answer gives back word for word."""

from __future__ import annotations

import re

GRAM = 5
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")

Grams = frozenset[tuple[str, ...]]


def grams(text: str) -> Grams:
    """All runs of five words, lower case, without punctuation."""
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    return frozenset(tuple(words[start : start + GRAM]) for start in range(len(words) - GRAM + 1))


def recall(answer: Grams, rest: Grams) -> float:
    """The share of a text's runs of five words that stand in an answer, in [0, 1].

    Two people who go on from the same half share next to none; one who knows the text by heart shares all.
    """
    return len(answer & rest) / len(rest) if rest else 0.0
