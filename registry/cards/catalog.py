"""Reads the cards: one YAML file per dataset, and a list of checksums beside it for splits given by a pattern."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard, Split
from counsel_leaderboard.registry.common.errors import CardError
from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded

DATASETS: Final = Path(__file__).parents[1] / "datasets"
_folders = [DATASETS]


@contextmanager
def cards_from(folder: Path) -> Iterator[None]:
    """Until the block ends, `card` and `load` read from another folder of cards, and banks from `open/` beside it.

    It holds for all threads of this process and for no other process.
    """
    _folders.append(folder)
    try:
        yield
    finally:
        _folders.remove(folder)


def cards_folder() -> Path:
    """The folder of cards that is read where none is named: `registry/datasets`, or that of `cards_from`."""
    return _folders[-1]


def card(name: str, folder: Path | None = None) -> DatasetCard:
    """The card of one dataset, from `cards_folder` or another; raises CardError if it is missing or not valid."""
    folder = folder or cards_folder()
    path = folder / f"{name}.yaml"
    if "/" in name or "\\" in name or not path.is_file():
        known = ", ".join(names(folder)) or "none"
        raise CardError(f"no card for the dataset {name!r}: names are those of registry/datasets. Known: {known}")
    stat = path.stat()
    return _read(path, stat.st_mtime_ns, stat.st_size)


def cards(folder: Path = DATASETS) -> dict[str, DatasetCard]:
    """All cards by name, sorted; raises CardError at the first invalid card."""
    return {name: card(name, folder) for name in names(folder)}


def names(folder: Path = DATASETS) -> list[str]:
    """Names of all cards, sorted; the files are not opened."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


@functools.lru_cache(maxsize=4096)
def _read(path: Path, _mtime: int, _size: int) -> DatasetCard:
    try:
        raw = load_bounded(path.read_bytes())
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: also bad UTF-8, and dates such as 2026-13-45
        raise CardError(f"the card {path} is not readable YAML: {error}") from error
    try:
        parsed = DatasetCard.model_validate(raw)
    except ValidationError as error:
        raise CardError(f"the card {path} does not match the schema (registry/README.md): {_problems(error)}") from error
    if parsed.name != path.stem:
        raise CardError(f"the card {path} has the name {parsed.name!r}: file name and name must be the same")
    return parsed


def _problems(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'card'}: {item['msg']}" for item in error.errors())


def manifest_path(name: str, folder: Path = DATASETS) -> Path:
    """Path of the list of checksums for a dataset's pattern splits, in the format of `sha256sum`."""
    return folder / f"{name}.sha256"


def files_of(card_: DatasetCard, split: Split, folder: Path = DATASETS) -> tuple[DataFile, ...]:
    """The files of a split: those that the card lists, or those in the list of checksums that match the pattern.

    Raises CardError when the pattern has not been locked or matches nothing in the list.
    """
    if split.pattern is None:
        return split.files
    path = manifest_path(card_.name, folder)
    listed = read_manifest(path) if path.is_file() else ()
    matching = tuple(file for file in listed if fnmatchcase(file.path, split.pattern))
    if not matching:
        raise CardError(
            f"{card_.name}: split {split.name!r} is given by the pattern {split.pattern!r}, and its files are not listed yet. "
            f"To get it, {_access_step(card_)}; then run `counsel data lock {card_.name}` and commit the difference"
        )
    return matching


def _access_step(card_: DatasetCard) -> str:
    """What the user has to do before the files can be listed; a local copy is enough if the card pins a revision."""
    terms = f"accept the terms of {card_.source.id} on its page on the Hub and set HF_TOKEN"
    reach = terms if card_.access == "gated" else f"let this machine reach {card_.source.id} (source: {card_.source.kind})"
    copied = card_.mirror and card_.source.revision
    return f"{reach}, or put a copy into $COUNSEL_MIRROR/{card_.mirror}" if copied else reach


def read_manifest(path: Path) -> tuple[DataFile, ...]:
    """The files of a list of checksums; raises CardError for a line that is not `<sha256>  <path>`."""
    files = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        checksum, _, name = line.partition("  ")
        try:
            files.append(DataFile(path=name, sha256=checksum))
        except ValidationError as error:
            raise CardError(f"{path}, line {number}: {_problems(error)}") from error
    return tuple(files)
