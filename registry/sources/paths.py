"""Where a dataset's file may lie on this machine, and proof that a path stays where it belongs."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.cards.catalog import DATASETS, cards_folder
from counsel_leaderboard.registry.cards.schema import DatasetCard
from counsel_leaderboard.registry.common.errors import DataError, UnsafePathError
from counsel_leaderboard.registry.common.paths import cache
from counsel_leaderboard.registry.common.settings import FolderSettings

OPEN: Final = DATASETS.parent / "open"
MIRROR_VARIABLE: Final = "COUNSEL_MIRROR"


def inside(root: Path, relative: str) -> Path:
    """`root/relative`, if it lies below `root` after every symbolic link is followed; raises UnsafePathError otherwise."""
    path = root / relative
    try:
        stays = path.resolve().is_relative_to(root.resolve())
        _refuse_loop(path)
    except (OSError, RuntimeError) as error:  # a loop of links
        raise UnsafePathError(f"{path} cannot be followed: {error}") from error
    if not stays:
        raise UnsafePathError(
            f"{path} leads out of {root}: a dataset's files must lie below its folder. Remove the link or fix the path"
        )
    return path


def _refuse_loop(path: Path) -> None:
    """Raise the system's error for a loop of links, which Python 3.13 resolves to itself."""
    try:
        path.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise


def bank_folder(card: DatasetCard) -> Path:
    """The folder of an open bank, shipped with the project beside the cards."""
    return inside(cards_folder().parent / "open", card.source.id)


def mirror_folder(card: DatasetCard) -> Path | None:
    """The dataset's folder in the mirror that `COUNSEL_MIRROR` names, or None; raises DataError when that is no folder."""
    root = FolderSettings.read().mirror
    if not root or card.mirror is None:
        return None
    if not Path(root).is_dir():
        raise DataError(f"{MIRROR_VARIABLE} names {root}, which is not a folder: correct it or unset it")
    folder = inside(Path(root), card.mirror)
    return folder if folder.is_dir() else None


def cache_folder(card: DatasetCard) -> Path:
    """Where fetched files of the card's revision are kept."""
    return inside(cache() / "datasets", f"{card.name}/{card.source.revision or 'unpinned'}")


def local_folders(card: DatasetCard) -> list[Path]:
    """Folders that may hold the dataset's files here, in the order in which they are asked."""
    if card.source.kind == "bank":
        return [bank_folder(card)]
    mirror = mirror_folder(card)
    return [*([mirror] if mirror else []), cache_folder(card)]
