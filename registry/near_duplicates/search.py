"""The near-duplicate map of this machine: its content, its file and its warnings.

`registry.near_duplicates.minhash` computes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.cards.schema import DatasetCard
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.common.paths import cache

# Two texts with at least this Jaccard similarity are near-duplicates.
THRESHOLD: Final = 0.5


@dataclass(frozen=True)
class DatasetPair:
    """The overlap of two datasets: how many items have a near-duplicate in the other, and examples by id."""

    first: str
    second: str
    first_items: int
    second_items: int
    texts: int
    examples: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True)
class DuplicateMap:
    """The map of one machine: the fingerprints of the compared splits, and the pairs, those that share most first."""

    threshold: float
    compared: Mapping[str, str]
    pairs: tuple[DatasetPair, ...]

    def of(self, name: str) -> list[DatasetPair]:
        """The pairs that include a dataset."""
        return [pair for pair in self.pairs if name in (pair.first, pair.second)]

    def save(self) -> Path:
        """Write the map to the file that `saved` reads."""
        path = _path()
        atomic.write(path, json.dumps(asdict(self), ensure_ascii=False, indent=1))
        return path


def saved() -> DuplicateMap | None:
    """The last map saved on this machine, or None; raises DataError if the file is not a valid map."""
    path = _path()
    if not path.is_file():
        return None
    try:
        raw = json.loads(path.read_text("utf-8"))
        pairs = tuple(DatasetPair(**{**pair, "examples": tuple(map(tuple, pair["examples"]))}) for pair in raw["pairs"])
        return DuplicateMap(raw["threshold"], raw["compared"], pairs)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is not a map of near-duplicates: compute it again with `counsel data duplicates`") from error


def _path() -> Path:
    return cache() / "duplicates.json"


def warnings(duplicates: DuplicateMap, known: Mapping[str, DatasetCard]) -> list[str]:
    """A sentence for each pair in which items of an open bank are near-duplicates of another dataset's text."""
    ours = {name for name, card in known.items() if card.source.kind == "bank"}
    sentences = []
    for pair in duplicates.pairs:
        example = " and ".join(str(location) for location in pair.examples[0][:2])
        for mine, count, other in ((pair.first, pair.first_items, pair.second), (pair.second, pair.second_items, pair.first)):
            if mine in ours:
                sentences.append(f"{count} items of {mine} are near text of {other}, for example {example}")
    return sentences
