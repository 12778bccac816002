"""The languages in which the questions of a board are asked, from the cards of its datasets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from counsel_leaderboard.registry.cards import catalog
from counsel_leaderboard.registry.common.errors import CardError

WORDS: Final = {"de": "German", "en": "English", "es": "Spanish", "fr": "French", "ja": "Japanese", "zh": "Chinese"}
UNKNOWN: Final = "unknown"


def of_dataset(name: str) -> tuple[str, ...]:
    """The codes of ISO 639 that the card names, without "unknown"; none for a dataset without a card."""
    try:
        return tuple(code for code in catalog.card(name).languages if code != UNKNOWN)
    except CardError:
        return ()


def offered(datasets: Iterable[str]) -> list[tuple[str, str]]:
    """Code and name of each language of the datasets, by name; empty with fewer than two, where there is nothing to choose."""
    codes = {code for name in set(datasets) for code in of_dataset(name)}
    return sorted(((code, word(code)) for code in codes), key=lambda pair: pair[1]) if len(codes) > 1 else []


def word(code: str) -> str:
    """The English name of a language, or its code where the table has none."""
    return WORDS.get(code, code)


def sentence(datasets: Iterable[str]) -> str:
    """What may be said of other languages where every question is in one; "" with several, or none known."""
    codes = {code for name in set(datasets) for code in of_dataset(name)}
    if len(codes) != 1:
        return ""
    return f"Language: every question here is in {word(*codes)}, so nothing here says how a model does in another language."
