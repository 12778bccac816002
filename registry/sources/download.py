"""Downloads a dataset to this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from counsel_leaderboard.registry.cards.catalog import DATASETS, files_of
from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard
from counsel_leaderboard.registry.common.errors import CardError, ChecksumError
from counsel_leaderboard.registry.sources.fetch import fetch
from counsel_leaderboard.registry.sources.files import check
from counsel_leaderboard.registry.sources.paths import cache_folder, inside, mirror_folder


def download(card: DatasetCard, folder: Path = DATASETS) -> Iterator[tuple[str, str]]:
    """Fetch the files that are missing or damaged in the cache, and yield (path, location in words) for every file.

    Raises CardError for a dataset without files to fetch, ChecksumError for a damaged mirror, FetchError for a source
    that cannot be reached.
    """
    if not card.splits:
        raise CardError(f"{card.name} has no splits to pull (access: {card.access}); see {card.homepage or card.source.id}")
    for split in card.splits:
        for file in files_of(card, split, folder):
            yield file.path, _availability(card, file)


def _availability(card: DatasetCard, file: DataFile) -> str:
    if card.source.kind == "bank":
        return "part of the project"
    if file.sha256 is None:
        raise ChecksumError(f"{card.name}: the card has no checksum for {file.path}; run `counsel data lock {card.name}` first")
    mirror = mirror_folder(card)
    if mirror and (path := inside(mirror, file.path)).is_file():
        check(card, file, path)
        return "in the mirror"
    cached = inside(cache_folder(card), file.path)
    if cached.is_file() and _is_intact(card, file, cached):
        return "in the cache"
    fetch(card, file)
    return "fetched"


def _is_intact(card: DatasetCard, file: DataFile, path: Path) -> bool:
    try:
        check(card, file, path)
    except ChecksumError:
        return False
    return True
