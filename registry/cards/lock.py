"""Locks a card: writes the revision, checksums, row counts and fingerprints into it."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.registry.cards.card_format import render
from counsel_leaderboard.registry.cards.catalog import DATASETS, card, cards, manifest_path, read_manifest
from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard, Split
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.errors import ChecksumError, DataError, FetchError
from counsel_leaderboard.registry.common.hashing import file_sha256, fingerprint
from counsel_leaderboard.registry.sources.files import check, fetched
from counsel_leaderboard.registry.sources.loading import read_rows
from counsel_leaderboard.registry.sources.paths import cache_folder, inside, local_folders
from counsel_leaderboard.registry.sources.table_files import refuse_stand_in
from counsel_leaderboard.registry.sources.upstream import list_files, newest_revision


@dataclass(frozen=True)
class Locked:
    """A card before and after locking, and its list of checksums (None if no split has a pattern)."""

    before: DatasetCard
    after: DatasetCard
    manifest: str | None
    folder: Path
    missing: tuple[str, ...] = ()
    """Splits that stay as they were because a file of theirs could be neither found nor fetched, each with the reason."""

    def difference(self) -> str:
        """Unified diff of the changes that `write` would make; empty if there are none."""
        name = self.before.name
        parts = _diff(f"{name}.yaml", (self.folder / f"{name}.yaml").read_text("utf-8"), render(self.after))
        listed = manifest_path(name, self.folder)
        if self.manifest is not None:
            parts += _diff(listed.name, listed.read_text("utf-8") if listed.is_file() else "", self.manifest)
        return parts

    def write(self) -> None:
        """Write the card and the list of checksums."""
        if self.manifest is not None:
            atomic.write(manifest_path(self.before.name, self.folder), self.manifest)
        atomic.write(self.folder / f"{self.before.name}.yaml", render(self.after))


def _diff(name: str, old: str, new: str) -> str:
    lines = difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{name}", f"b/{name}")
    return "".join(lines)


def lock(name: str, folder: Path = DATASETS, upgrade: bool = False) -> Locked:
    """Compute the locked card without writing it.

    Existing checksums are kept and enforced, and only missing ones are added, so that a changed mirror cannot get into a card.
    `upgrade` first pins the newest revision of the source and computes everything again. A bank is always computed again.
    A split that was never locked and whose files cannot be fetched stays as it is, so that a partial mirror locks what it has.
    Raises DataError if a file cannot be found or fetched and nothing else can be locked, ChecksumError if one differs from its
    checksum.
    """
    before = card(name, folder)
    pinned = _pin(before, upgrade)
    moved = pinned.source.revision != before.source.revision
    fresh = moved or before.source.kind == "bank"
    # A mirror holds a copy of the old revision, so it cannot be used once the pin has moved.
    folders = [cache_folder(pinned)] if moved else local_folders(pinned)
    listed = {} if fresh else _listed(before, folder)
    splits: list[tuple[Split, Sequence[DataFile]]] = []
    missing: list[str] = []
    for split in pinned.splits:
        try:
            splits.append(_lock_split(pinned, split, listed, fresh, folders))
        except FetchError as error:
            if split.fingerprint is not None or moved or len(pinned.splits) == len(missing) + 1:
                raise
            splits.append((split, split.files))
            missing.append(f"split {split.name}: {error}")
    manifest = {file.path: file for locked, files in splits if locked.pattern is not None for file in files}
    after = pinned.model_copy(update={"splits": tuple(locked for locked, _ in splits)})
    text = "".join(f"{manifest[path].sha256}  {path}\n" for path in sorted(manifest)) if manifest else None
    return Locked(before, after, text, folder, tuple(missing))


def _pin(before: DatasetCard, upgrade: bool) -> DatasetCard:
    if before.source.kind not in ("hub", "repository") or (before.source.revision and not upgrade):
        return before
    source = before.source.model_copy(update={"revision": newest_revision(before)})
    return before.model_copy(
        update={"source": source, "checked": datetime.datetime.now(datetime.UTC).date(), "standing": "there"}
    )


def _listed(before: DatasetCard, folder: Path) -> dict[str, DataFile]:
    path = manifest_path(before.name, folder)
    return {file.path: file for file in read_manifest(path)} if path.is_file() else {}


def _lock_split(
    pinned: DatasetCard, split: Split, listed: dict[str, DataFile], fresh: bool, folders: Sequence[Path]
) -> tuple[Split, Sequence[DataFile]]:
    if split.pattern is None:
        source_files: Sequence[DataFile] = split.files
    else:
        source_files = [listed.get(path, DataFile(path=path)) for path in list_files(pinned, split.pattern, folders)]
    if not source_files:
        raise DataError(
            f"{pinned.name}, split {split.name!r}: no file of the source matches {split.pattern!r}; correct the card"
        )
    files = tuple(_establish(pinned, DataFile(path=file.path) if fresh else file, folders) for file in source_files)
    rows = read_rows(pinned, split, files)
    actual = fingerprint(rows)
    if not fresh and split.fingerprint not in (None, actual) and files == split.files:
        raise ChecksumError(
            f"{pinned.name}, split {split.name!r}: the same bytes give other rows than the card records: expected "
            f"{split.fingerprint}, found {actual}. A reader was changed: undo that, or remove the fingerprint from the card "
            "and raise the versions of its tasks"
        )
    update = {"rows": len(rows), "fingerprint": actual} | ({"files": files} if split.pattern is None else {})
    return split.model_copy(update=update), files


def _establish(pinned: DatasetCard, file: DataFile, folders: Sequence[Path]) -> DataFile:
    """The file with its checksum: the one in the card, or else one computed from the local or newly fetched file."""
    candidates = (inside(folder, file.path) for folder in folders)
    path = next((candidate for candidate in candidates if candidate.is_file()), None) or fetched(pinned, file)
    check(pinned, file, path)
    refuse_stand_in(file.path, path)
    return file if file.sha256 else DataFile(path=file.path, sha256=file_sha256(path))


def bank_names(folder: Path = DATASETS) -> list[str]:
    """Names of the open banks."""
    return [name for name, card_ in cards(folder).items() if card_.source.kind == "bank"]
