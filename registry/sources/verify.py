"""Checks all cards, and all of their files that are on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.registry.cards.card_format import render
from counsel_leaderboard.registry.cards.catalog import DATASETS, card, files_of, names
from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard, Split
from counsel_leaderboard.registry.common.errors import CardError, CounselError
from counsel_leaderboard.registry.common.paths import cache
from counsel_leaderboard.registry.sources.files import check
from counsel_leaderboard.registry.sources.loading import load_split
from counsel_leaderboard.registry.sources.paths import cache_folder, inside, local_folders


@dataclass(frozen=True)
class Finding:
    """A finding about a dataset; a `problem` makes the command fail, anything else is for information."""

    name: str
    text: str
    problem: bool


def verify(folder: Path = DATASETS) -> list[Finding]:
    """Check every card of the folder and its files on this machine, and return the findings."""
    valid: dict[str, DatasetCard] = {}
    findings: list[Finding] = []
    for name in names(folder):
        try:
            valid[name] = card(name, folder)
        except CardError as error:
            findings.append(Finding(name, str(error), problem=True))
    for card_ in valid.values():
        findings += [*_card(card_, valid, folder), *_files(card_, folder)]
    return [*findings, *_strays(valid, folder)]


def _strays(cards: Mapping[str, DatasetCard], folder: Path) -> Iterator[Finding]:
    root = cache() / "datasets"
    known = {cached for card_ in cards.values() for cached in _cached_paths(card_, folder)}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path not in known:
            name = path.relative_to(root).parts[0]
            yield Finding(name, f"{path} belongs to no card, or to another revision: it is never used", problem=False)


def _cached_paths(card_: DatasetCard, folder: Path) -> Iterator[Path]:
    for split in card_.splits:
        with suppress(CardError):  # the split is given by a pattern and not locked, so none of its files is used
            yield from (cache_folder(card_) / file.path for file in files_of(card_, split, folder))


def _card(card_: DatasetCard, cards: Mapping[str, DatasetCard], folder: Path) -> Iterator[Finding]:
    if (folder / f"{card_.name}.yaml").read_text("utf-8") != render(card_):
        yield Finding(card_.name, f"the card is not in its canonical form: run `counsel data tidy {card_.name}`", problem=True)
    if card_.superseded_by and card_.superseded_by not in cards:
        yield Finding(card_.name, f"superseded_by names {card_.superseded_by!r}, which has no card", problem=True)
    for overlap in card_.overlaps:
        other = cards.get(overlap.dataset)
        if other is None and not overlap.external:
            yield Finding(
                card_.name, f"overlaps with {overlap.dataset!r}, which has no card and is not marked external", problem=True
            )
        elif other is not None and card_.name not in [back.dataset for back in other.overlaps]:
            yield Finding(card_.name, f"overlaps with {other.name}, whose card does not say so", problem=True)


def _files(card_: DatasetCard, folder: Path) -> Iterator[Finding]:
    for split in card_.splits:
        try:
            files = files_of(card_, split, folder)
        except CardError:
            yield Finding(card_.name, f"split {split.name}: files given by pattern, not locked", problem=False)
            continue
        yield from _split(card_, split, files, folder)


def _split(card_: DatasetCard, split: Split, files: tuple[DataFile, ...], folder: Path) -> Iterator[Finding]:
    try:
        present = sum(_copies(card_, file) > 0 for file in files)
        unlocked = sum(file.sha256 is None for file in files)
        if present == len(files) and (not unlocked or card_.source.kind == "bank"):
            rows = len(load_split(card_, split.name, folder).rows)
            yield Finding(
                card_.name, f"split {split.name}: {present} of {len(files)} files checked, {rows} rows", problem=False
            )
        elif card_.source.kind == "bank":
            yield Finding(
                card_.name, f"split {split.name}: {len(files) - present} of {len(files)} files are missing", problem=True
            )
        else:
            yield Finding(card_.name, f"split {split.name}: {present} of {len(files)} files are on this machine", problem=False)
        if unlocked:
            yield Finding(card_.name, f"split {split.name}: {unlocked} files without a checksum, not locked", problem=False)
    except CounselError as error:
        yield Finding(card_.name, str(error), problem=True)


def _copies(card_: DatasetCard, file: DataFile) -> int:
    """Count the local copies and check each of them: a good mirror must not hide a damaged cache."""
    paths = [path for root in local_folders(card_) if (path := inside(root, file.path)).is_file()]
    for path in paths:
        check(card_, file, path)
    return len(paths)
