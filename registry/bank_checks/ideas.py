"""Items of two banks that tell the same story in other words, which word triples cannot see.

Each item is one vector: that of its clients' own words, by the embedding model that this project installs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from counsel_leaderboard.registry.bank_checks.texts import Row, texts
from counsel_leaderboard.registry.embeddings.minilm import Embeds
from counsel_leaderboard.registry.embeddings.vectors import vectors_of

READ_AGAIN: Final = 0.57
"""Cosine from which a pair is read by somebody: below it, no pair of the banks was the same idea when 25 pairs were read."""


@dataclass(frozen=True)
class AlikeItems:
    """Two items of different banks and the cosine of their clients' words, -1 to 1; `first` comes first by name."""

    first: str
    second: str
    cosine: float


def words_of_clients(bank: str, row: Row) -> str:
    """What the client of an item says, all turns in order; "" for an item without a client."""
    return " ".join(text.text for text in texts(bank, row) if text.speaker == "client")


def alike(banks: Mapping[str, list[Row]], embed: Embeds, limit: float = READ_AGAIN) -> list[AlikeItems]:
    """The pairs of items of two banks whose cosine is at least `limit`, the most alike first."""
    items = [(bank, row["id"], words) for bank, rows in banks.items() for row in rows if (words := words_of_clients(bank, row))]
    if not items:
        return []
    vectors = vectors_of([words for _, _, words in items], embed)
    cosines = vectors @ vectors.T
    pairs = [
        AlikeItems(min(items[i][1], items[j][1]), max(items[i][1], items[j][1]), float(cosines[i, j]))
        for i, j in zip(*np.nonzero(np.triu(cosines >= limit, k=1)), strict=True)
        if items[i][0] != items[j][0]
    ]
    return sorted(pairs, key=lambda pair: (-pair.cosine, pair.first, pair.second))
