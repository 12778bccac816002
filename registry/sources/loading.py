"""Loads a dataset from the mirror, the cache or the source, in this order; all files are checked before they are used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counsel_leaderboard.registry.cards.catalog import DATASETS, card, cards_folder, files_of
from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard, Split
from counsel_leaderboard.registry.common.errors import CardError, ChecksumError, DataError
from counsel_leaderboard.registry.common.hashing import fingerprint
from counsel_leaderboard.registry.sources.archives import unpacked
from counsel_leaderboard.registry.sources.files import locate
from counsel_leaderboard.registry.sources.readers import READERS


@dataclass(frozen=True)
class Loaded:
    """Rows of one split with the pinned revision and the fingerprint of the rows."""

    name: str
    split: str
    revision: str | None
    fingerprint: str
    rows: Sequence[dict[str, Any]]


def load(name: str, split: str = "test") -> Loaded:
    """Load the rows of one split of a registered dataset, in the shape that registry/README.md documents.

    Raises CardError for an unknown dataset or split, ChecksumError if files or rows differ from the card, FetchError if the
    source cannot be reached, DataError if a file cannot be parsed.
    """
    return load_split(card(name), split, cards_folder())


def load_split(card_: DatasetCard, split: str, folder: Path = DATASETS) -> Loaded:
    """Like `load`, for a card that was read from `folder`."""
    requested_split = require_split(card_, split)
    rows = read_rows(card_, requested_split, files_of(card_, requested_split, folder))
    actual = fingerprint(rows)
    if requested_split.fingerprint not in (None, actual):
        raise ChecksumError(
            f"{card_.name}, split {split!r}: the rows are not those of the card: expected {requested_split.fingerprint}, "
            f"found {actual}. If the change is meant, run `counsel data lock {card_.name}` "
            "and raise the version of the tasks that use it"
        )
    return Loaded(card_.name, split, card_.source.revision, actual, rows)


def require_split(card_: DatasetCard, split: str) -> Split:
    """The split of that name; raises CardError, which lists the existing splits."""
    match = card_.split(split)
    if match is None:
        names = ", ".join(item.name for item in card_.splits) or f"none that can be loaded (access: {card_.access})"
        raise CardError(f"the dataset {card_.name!r} has no split {split!r}; its splits: {names}")
    return match


def read_rows(card_: DatasetCard, split: Split, files: Sequence[DataFile]) -> list[dict[str, Any]]:
    """Read the rows of files after checking these; raises DataError if there are no rows."""
    checked = [(file.path, locate(card_, file)) for file in files]
    with unpacked(checked, split.members) as readable:
        rows = list(READERS[split.shape](card_.name, readable))
    if not rows:
        raise DataError(f"{card_.name}, split {split.name!r}: no rows in {', '.join(file.path for file in files[:3])}")
    return rows
