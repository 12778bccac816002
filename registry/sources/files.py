"""Finds and checks a file of a dataset: in the mirror or the cache, or fetched into the cache."""

from __future__ import annotations

from pathlib import Path

from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard
from counsel_leaderboard.registry.common.errors import ChecksumError, DataError
from counsel_leaderboard.registry.common.hashing import file_sha256
from counsel_leaderboard.registry.sources.fetch import fetch
from counsel_leaderboard.registry.sources.paths import bank_folder, inside, local_folders


def locate(card: DatasetCard, file: DataFile) -> Path:
    """Path of the checked file; raises DataError if it cannot be found or fetched, ChecksumError if it differs."""
    if card.source.kind != "bank" and file.sha256 is None:
        raise ChecksumError(
            f"{card.name}: the card has no checksum for {file.path}, and a file without one is not used. "
            f"Run `counsel data lock {card.name}`, read the difference and commit it"
        )
    return find(card, file) or fetched(card, file)


def find(card: DatasetCard, file: DataFile) -> Path | None:
    """Path of the checked file if it is on this machine, else None."""
    for folder in local_folders(card):
        path = inside(folder, file.path)
        if path.is_file():
            check(card, file, path)
            return path
    return None


def check(card: DatasetCard, file: DataFile, path: Path) -> None:
    """Raise ChecksumError if the file's checksum differs from the card's; without one in the card nothing is compared."""
    if file.sha256 is None:
        return
    try:
        digest = file_sha256(path)
    except OSError as error:
        raise DataError(f"{card.name}: {path} cannot be read: {error}") from error
    if digest != file.sha256:
        if card.source.kind == "bank":
            step = f"if the change is meant, run `counsel data lock {card.name}`"
        else:
            step = f"remove the file, or replace it with `counsel data pull {card.name}`"
        raise ChecksumError(
            f"{card.name}: {path} is not the file of the card: expected sha256 {file.sha256}, found {digest}. Not used; {step}"
        )


def fetched(card: DatasetCard, file: DataFile) -> Path:
    """Fetch the file into the cache; raises DataError for a bank, whose files are part of the project."""
    if card.source.kind == "bank":
        raise DataError(
            f"{card.name}: {bank_folder(card) / file.path} is missing: the bank is part of the project. Restore it with git"
        )
    return fetch(card, file)
