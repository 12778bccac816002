"""The coder's weights: those that are shipped, checked by their hash, or those that `counsel skills train` left in the home."""

from __future__ import annotations

import hashlib
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.errors import ChecksumError, DataError

if TYPE_CHECKING:
    from counsel_leaderboard.registry.skills.linear_model import LinearModel

SHIPPED = Path(__file__).with_name("coder.npz")
RECORD = SHIPPED.with_suffix(".json")


def own() -> Path:
    """Where weights that this host trained are: they stay there and are never uploaded."""
    return paths.home() / "skills" / "coder.npz"


def version() -> str:
    """The first digits of the shipped weights' hash, which scores of this coder are stored with."""
    return str(json.loads(RECORD.read_text(encoding="utf-8"))["sha256"])[:12]


@cache
def shipped() -> LinearModel:
    """The weights of the repository. Raises ChecksumError if the file is not the one that `coder.json` records."""
    return recorded_weights(SHIPPED)


def recorded_weights(file: Path) -> LinearModel:
    """The weights in a file. Raises ChecksumError if it is not the one that `coder.json` records."""
    raw = file.read_bytes()
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))["sha256"]
    if hashlib.sha256(raw).hexdigest() != recorded:
        raise ChecksumError(
            f"{file.name}: its SHA-256 is not the one in {RECORD.name}. Restore both from the repository, or build them "
            "again with `python -m counsel_leaderboard.tasks.skills.build`."
        )
    return read(raw, file)


def load(file: Path) -> LinearModel:
    """Weights from a file of this host. Raises DataError if there are none, or other bytes than weights."""
    try:
        return read(file.read_bytes(), file)
    except FileNotFoundError as error:
        raise DataError(f"{file}: there are no weights here. `counsel skills train` makes them.") from error


def read(raw: bytes, file: Path) -> LinearModel:
    """Weights from the bytes of `file`, which an error names. Raises DataError."""
    from counsel_leaderboard.registry.skills.linear_model import LinearModel

    try:
        return LinearModel.from_bytes(raw)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{file}: holds no weights of the coder. `counsel skills train` makes them anew.") from error
