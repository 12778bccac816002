"""Rewrites cards in canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from counsel_leaderboard.registry.cards.card_format import render
from counsel_leaderboard.registry.cards.catalog import DATASETS, card
from counsel_leaderboard.registry.common import atomic


def tidy(names: Iterable[str], folder: Path = DATASETS) -> Iterator[Path]:
    """Rewrites each card that is not in canonical form, and yields its path; raises CardError for one that is not valid."""
    for name in names:
        path = folder / f"{name}.yaml"
        text = render(card(name, folder))
        if path.read_text("utf-8") != text:
            atomic.write(path, text)
            yield path
