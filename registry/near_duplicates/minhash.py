"""Builds the near-duplicate map: MinHash over runs of three words finds candidates, which are then compared exactly.

Broder, "On the resemblance and containment of documents" (1997); banding as in datasketch's MinHashLSH.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from counsel_leaderboard.registry.cards.catalog import DATASETS, cards, files_of
from counsel_leaderboard.registry.cards.schema import DatasetCard, Split
from counsel_leaderboard.registry.common.errors import CardError, DataError
from counsel_leaderboard.registry.near_duplicates.overlap import tokens
from counsel_leaderboard.registry.near_duplicates.search import THRESHOLD, DatasetPair, DuplicateMap
from counsel_leaderboard.registry.sources.loading import Loaded, load_split
from counsel_leaderboard.registry.sources.paths import inside, local_folders

SHINGLE: Final = 3
MIN_TOKENS: Final = 12
PERMUTATIONS: Final = 128
# Weights of false positives and false negatives: false candidates are removed later, so mainly misses matter.
MISSES: Final = (0.1, 0.9)
EXAMPLES: Final = 5
# Fields without item text: the same on every row, or metadata of the row.
SKIPPED: Final = frozenset({"id", "version", "theme", "content_note", "provenance", "reviewer_notes", "canary", "options"})


# Sorted, distinct 32-bit hashes of runs of words, which take much less memory than a set.
Shingles = npt.NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class Unit:
    """One text of one row; `location` is the row's id and the path of the text inside the row."""

    dataset: str
    item: str
    location: str
    shingles: Shingles


def local_splits(folder: Path = DATASETS, on_problem: Callable[[str], None] = lambda _: None) -> Iterator[Loaded]:
    """Load and check every split whose files are all on this machine; one that cannot be read is named and left out."""
    for card in cards(folder).values():
        for split in card.splits:
            try:
                if _is_local(card, split, folder):
                    yield load_split(card, split.name, folder)
            except DataError as error:
                on_problem(f"{card.name}: {error}")


def _is_local(card: DatasetCard, split: Split, folder: Path) -> bool:
    try:
        files = files_of(card, split, folder)
    except CardError:
        return False  # the split is given by a pattern and not locked, so its files must not be used
    unlocked = card.source.kind != "bank" and any(file.sha256 is None for file in files)
    return not unlocked and all(any(inside(root, file.path).is_file() for root in local_folders(card)) for file in files)


def duplicate_map(splits: Iterable[Loaded], threshold: float = THRESHOLD) -> DuplicateMap:
    """Find near-duplicates between different datasets: texts of at least 12 words whose sets of three-word runs have a Jaccard
    similarity of at least `threshold`. A text that a dataset repeats is compared once and counted for each of its items.
    """
    compared: dict[str, str] = {}
    units: dict[tuple[str, bytes], list[Unit]] = defaultdict(list)
    for loaded in splits:
        compared[f"{loaded.name}/{loaded.split}"] = loaded.fingerprint
        for unit in row_units(loaded):
            units[unit.dataset, unit.shingles.tobytes()].append(unit)
    groups = list(units.values())
    hits_by_pair: dict[tuple[str, str], list[tuple[list[Unit], list[Unit], float]]] = defaultdict(list)
    for first, second, similarity in _near(groups, threshold):
        ordered = sorted((first, second), key=lambda group: group[0].dataset)
        hits_by_pair[ordered[0][0].dataset, ordered[1][0].dataset].append((ordered[0], ordered[1], similarity))
    pairs = sorted(
        (_pair(names, hits) for names, hits in hits_by_pair.items()), key=lambda pair: (-pair.texts, pair.first, pair.second)
    )
    return DuplicateMap(threshold, compared, tuple(pairs))


def row_units(loaded: Loaded) -> Iterator[Unit]:
    """The texts of a split that are long enough to compare."""
    for number, row in enumerate(loaded.rows):
        item = str(row.get("id", f"{loaded.split}:{number}"))
        for path, text in _texts(row):
            words = tokens(text)
            if len(words) >= MIN_TOKENS:
                yield Unit(loaded.name, item, f"{item}#{path}", _shingles(words))


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in SKIPPED:
                yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _texts(item, f"{path}.{number}")


def _shingles(words: list[str]) -> Shingles:
    runs = (" ".join(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1))
    return np.unique(np.fromiter((zlib.crc32(run.encode()) for run in runs), dtype=np.uint32))


def _near(groups: list[list[Unit]], threshold: float) -> Iterator[tuple[list[Unit], list[Unit], float]]:
    from datasketch import MinHash, MinHashLSH

    # One index per dataset, so that no time is spent on similar texts of one dataset, which factorial designs have.
    indexes: dict[str, MinHashLSH] = {}
    hashes = MinHash.generator((group[0].shingles for group in groups), num_perm=PERMUTATIONS, hashfunc=int)
    for number, minhash in enumerate(hashes):
        mine = groups[number][0]
        for other in (match for name, index in indexes.items() if name != mine.dataset for match in index.query(minhash)):
            similarity = _jaccard(mine.shingles, groups[other][0].shingles)
            if similarity >= threshold:
                yield groups[number], groups[other], similarity
        if mine.dataset not in indexes:
            indexes[mine.dataset] = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, weights=MISSES)
        indexes[mine.dataset].insert(number, minhash)


def _jaccard(first: Shingles, second: Shingles) -> float:
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (len(first) + len(second) - shared)


def _pair(names: tuple[str, str], hits: list[tuple[list[Unit], list[Unit], float]]) -> DatasetPair:
    firsts = {unit.item for first, _, _ in hits for unit in first}
    seconds = {unit.item for _, second, _ in hits for unit in second}
    best = sorted(hits, key=lambda hit: (-hit[2], hit[0][0].location, hit[1][0].location))[:EXAMPLES]
    examples = tuple((first[0].location, second[0].location, round(similarity, 3)) for first, second, similarity in best)
    return DatasetPair(*names, len(firsts), len(seconds), len(hits), examples)
