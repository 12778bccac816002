"""How much of a text an answer repeats word for word."""

from __future__ import annotations

import re

GRAM = 5
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")

Grams = frozenset[tuple[str, ...]]


def grams(text: str) -> Grams:
    """All sequences of five words, in lower case and without punctuation."""
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    return frozenset(tuple(words[start : start + GRAM]) for start in range(len(words) - GRAM + 1))


def recall(answer: Grams, expected: Grams) -> float:
    """The share of a text's five-word sequences that the answer contains, in [0, 1].

    Two people who continue the same first half share almost none; someone who knows the text by heart has them all.
    """
    return len(answer & expected) / len(expected) if expected else 0.0
