"""The languages that a suite's items are in, in words: from the cards of the data sets that its tasks read."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from counsel_leaderboard.registry.cards.catalog import cards, cards_folder
from counsel_leaderboard.registry.manifests import Source

NAMES: Final = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pt": "Portuguese",
    "ru": "Russian",
    "tr": "Turkish",
    "zh": "Chinese",
}
"""Names of languages by their code (ISO 639-1); a code that is not here is shown as it is."""


def languages(source: Source, tasks: Collection[str]) -> str:
    """The languages of the items of `tasks` in a suite, by name: "English", "Chinese and English"; "" where no card says.

    The open suite reads the project's own banks, and the other suite what others published.
    """
    codes = {
        code
        for card in cards(cards_folder()).values()
        if (card.source.kind == "bank") == (source == "open") and {*card.tasks} & {*tasks}
        for code in card.languages
        if code != "unknown"
    }
    names = sorted(NAMES.get(code, code) for code in codes)
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
