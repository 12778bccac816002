"""The texts that a model is asked to continue: one for each item, cut in the middle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from counsel_leaderboard.registry.bank_checks.texts import texts

MIN_WORDS = 24


@dataclass(frozen=True)
class Passage:
    """An item's longest text in two halves: the model sees the first and should write the second.

    Items of one cluster share sentences by design, as the variants of a vignette do.
    """

    item: str
    cluster: str
    first_half: str
    second_half: str


def passages(bank: str, rows: Iterable[Mapping[str, Any]]) -> list[Passage]:
    """One passage for each row that has a text of 24 words or more; notes and codes do not count as texts."""
    selected = []
    for row in rows:
        prose = [text.text for text in texts(bank, dict(row)) if text.speaker != "notes"]
        words = max(prose, key=len, default="").split()
        if len(words) >= MIN_WORDS:
            middle = len(words) // 2
            cluster = str(row.get("story") or row["id"])
            selected.append(Passage(str(row["id"]), cluster, " ".join(words[:middle]), " ".join(words[middle:])))
    return selected
