"""Checksums of files of which a card has none: each is recorded in the home folder when this installation first uses the file.

The card pins the commit, so the file cannot change: other bytes at a later use are an error. One small file for each entry,
written once and never changed, so that two processes cannot undo each other's.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard, Sha256
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import ChecksumError, DataError
from counsel_leaderboard.registry.common.hashing import short_hash
from counsel_leaderboard.registry.common.paths import home
from counsel_leaderboard.registry.sources import files

FOLDER: Final = "first_use"
Where = TypeVar("Where", Path, Path | None)


class FirstUse(Closed):
    """The checksum of a file as it was first used here, and the day (UTC). `path`: as the card names the file."""

    path: str
    sha256: Sha256
    first_used: datetime.date


def entry(card: DatasetCard, file: DataFile) -> FirstUse | None:
    """What was recorded when a file without a checksum was first used; None where the card has its own. Raises DataError."""
    recorded = entry_file(card, file)
    if file.sha256 is not None or not recorded.is_file():
        return None
    try:
        return FirstUse.model_validate_json(recorded.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(
            f"{recorded}: is no record of a first use of {file.path}. Remove it, and add the runs of {card.name} again"
        ) from error


def record(card: DatasetCard, file: DataFile, sha256: str) -> None:
    """Record the checksum of a file that is used for the first time. Raises ChecksumError where another is recorded."""
    used = FirstUse(path=file.path, sha256=sha256, first_used=datetime.datetime.now(datetime.UTC).date())
    try:
        atomic.write(entry_file(card, file), used.model_dump_json(indent=1) + "\n", replace=False)
    except FileExistsError as error:
        earlier = entry(card, file)
        if earlier is not None and earlier.sha256 != sha256:
            raise _changed(card, file, earlier) from error


def locate(card: DatasetCard, file: DataFile) -> Path:
    """Path of the file, checked against the card or the first use. Raises as `registry.sources.files.locate`."""
    return _checked(files.locate, card, file)


def find(card: DatasetCard, file: DataFile) -> Path | None:
    """As `locate` for a file that is on this machine, else None; a file that was never used is not checked."""
    return _checked(files.find, card, file)


def _checked(look: Callable[[DatasetCard, DataFile], Where], card: DatasetCard, file: DataFile) -> Where:
    used = entry(card, file)
    try:
        return look(card, with_checksum(file, used))
    except ChecksumError as error:
        if used is None:
            raise
        raise _changed(card, file, used) from error


def with_checksum(file: DataFile, used: FirstUse | None) -> DataFile:
    """The file with the checksum of its first use, if there was one."""
    return file if used is None else file.model_copy(update={"sha256": used.sha256})


def entry_file(card: DatasetCard, file: DataFile) -> Path:
    """Where the first use of a file is recorded."""
    return home() / FOLDER / card.name / f"{short_hash([card.source.id, card.source.revision, file.path])}.json"


def _changed(card: DatasetCard, file: DataFile, used: FirstUse) -> ChecksumError:
    return ChecksumError(
        f"{card.name}: {file.path} is not the file that was first used here on {used.first_used}: expected sha256 "
        f"{used.sha256}. A file of commit {card.source.revision} cannot change. Not used; remove the copy in the mirror or the "
        f"cache, or, if the first copy was wrong, {entry_file(card, file)}"
    )
