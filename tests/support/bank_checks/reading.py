"""How hard a text is to read."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_VOWELS = re.compile(r"[aeiouy]+")


def grade(text: str) -> float:
    """Flesch-Kincaid grade level (Kincaid et al. 1975): 0.39 words/sentence + 11.8 syllables/word - 15.59.

    Syllables are counted as groups of vowels, a silent final e left out: rough for one word, good enough for the spread over a
    bank. Raises ValueError for a text without words.
    """
    words = _WORD.findall(text)
    if not words:
        raise ValueError("a text without words has no reading level")
    sentences = max(1, len(re.findall(r"[.!?…]+(?=\s|$|[\"'”’)])", text)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    """Groups of vowels in a word, at least 1; a final silent e is not counted."""
    lower = word.lower()
    silent = lower.endswith("e") and not lower.endswith(("le", "ee", "ie", "ye"))
    return max(1, len(_VOWELS.findall(lower)) - silent)
