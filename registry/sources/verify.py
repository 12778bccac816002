"""Checking everything that can be checked on this machine: cards, and every file of theirs that lies here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.registry.cards.card_format import render
from counsel_leaderboard.registry.cards.catalog import DATASETS, card, files_of, names
from counsel_leaderboard.registry.cards.schema import Card, DataFile, Split
from counsel_leaderboard.registry.common.errors import CardError, CounselError
from counsel_leaderboard.registry.common.paths import cache
from counsel_leaderboard.registry.sources.files import check
from counsel_leaderboard.registry.sources.loading import load_split
from counsel_leaderboard.registry.sources.paths import cache_folder, inside, local_folders


@dataclass(frozen=True)
class Finding:
    """One thing found about a dataset; a `problem` makes the command fail, anything else is to be known."""

    name: str
    text: str
    problem: bool


def verify(folder: Path = DATASETS) -> list[Finding]:
    """Findings about every card of the folder and every file of theirs on this machine, by dataset."""
    read: dict[str, Card] = {}
    findings: list[Finding] = []
    for name in names(folder):
        try:
            read[name] = card(name, folder)
        except CardError as error:
            findings.append(Finding(name, str(error), problem=True))
    for found in read.values():
        findings += [*_card(found, read, folder), *_files(found, folder)]
    return [*findings, *_strays(read, folder)]


def _strays(cards: Mapping[str, Card], folder: Path) -> Iterator[Finding]:
    root = cache() / "datasets"
    known = {place for found in cards.values() for place in _cached_places(found, folder)}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path not in known:
            name = path.relative_to(root).parts[0]
            yield Finding(name, f"{path} belongs to no card, or to another revision: it is never used", problem=False)


def _cached_places(found: Card, folder: Path) -> Iterator[Path]:
    for split in found.splits:
        with suppress(CardError):  # given by pattern and not locked: nothing of it is used
            yield from (cache_folder(found) / file.path for file in files_of(found, split, folder))


def _card(found: Card, cards: Mapping[str, Card], folder: Path) -> Iterator[Finding]:
    if (folder / f"{found.name}.yaml").read_text("utf-8") != render(found):
        yield Finding(found.name, f"the card is not in its canonical form: run `counsel data tidy {found.name}`", problem=True)
    if found.superseded_by and found.superseded_by not in cards:
        yield Finding(found.name, f"superseded_by names {found.superseded_by!r}, which has no card", problem=True)
    for overlap in found.overlaps:
        other = cards.get(overlap.dataset)
        if other is None and not overlap.external:
            yield Finding(
                found.name, f"overlaps with {overlap.dataset!r}, which has no card and is not marked external", problem=True
            )
        elif other is not None and found.name not in [back.dataset for back in other.overlaps]:
            yield Finding(found.name, f"overlaps with {other.name}, whose card does not say so", problem=True)


def _files(found: Card, folder: Path) -> Iterator[Finding]:
    for split in found.splits:
        try:
            files = files_of(found, split, folder)
        except CardError:
            yield Finding(found.name, f"split {split.name}: files given by pattern, not locked", problem=False)
            continue
        yield from _split(found, split, files, folder)


def _split(found: Card, split: Split, files: tuple[DataFile, ...], folder: Path) -> Iterator[Finding]:
    try:
        here = sum(_copies(found, file) > 0 for file in files)
        bare = sum(file.sha256 is None for file in files)
        if here == len(files) and (not bare or found.source.kind == "bank"):
            rows = len(load_split(found, split.name, folder).rows)
            yield Finding(found.name, f"split {split.name}: {here} of {len(files)} files checked, {rows} rows", problem=False)
        elif found.source.kind == "bank":
            yield Finding(
                found.name, f"split {split.name}: {len(files) - here} of {len(files)} files are missing", problem=True
            )
        else:
            yield Finding(found.name, f"split {split.name}: {here} of {len(files)} files are on this machine", problem=False)
        if bare:
            yield Finding(found.name, f"split {split.name}: {bare} files without a checksum, not locked", problem=False)
    except CounselError as error:
        yield Finding(found.name, str(error), problem=True)


def _copies(found: Card, file: DataFile) -> int:
    """How many copies lie here, each checked: a good mirror must not hide a bad cache."""
    paths = [path for place in local_folders(found) if (path := inside(place, file.path)).is_file()]
    for path in paths:
        check(found, file, path)
    return len(paths)
