"""Unpacks published archives into a temporary folder while they are read; unsafe archives are rejected."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Final

from counsel_leaderboard.registry.common.errors import DataError, UnsafePathError
from counsel_leaderboard.registry.common.untrusted.extraction import (
    BrokenArchiveError,
    ExtractionError,
    ExtractionLimits,
    UnsafeMemberError,
    extract,
    safe,
)

SUFFIXES: Final = (".zip", ".tar", ".tar.gz", ".tgz")
LIMITS: Final = ExtractionLimits(members=200_000, bytes=8 << 30)
"""Larger than any known counseling dataset."""

Named = tuple[str, Path]


@contextmanager
def unpacked(files: Sequence[Named], members: str | None) -> Iterator[list[Named]]:
    """The files, with each archive replaced by its members that match the pattern (None: all), sorted by name.

    The members are in a temporary folder, which is deleted when the context ends. Raises UnsafePathError for an archive with an
    absolute path, a `..`, a link or a device, DataError for one that is truncated, has a file twice, or exceeds LIMITS.
    """
    with tempfile.TemporaryDirectory(prefix="counsel-") as folder:
        readable: list[Named] = []
        for number, (source, path) in enumerate(files):
            if source.lower().endswith(SUFFIXES):
                readable += _members(source, path, Path(folder) / str(number), members or "*")
            else:
                readable.append((source, path))
        yield readable


def is_resource_fork(name: str) -> bool:
    """Whether a member is what macOS packs beside each file: `__MACOSX/._name`, or `.DS_Store`."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1:] == (".DS_Store",) or any(part.startswith("._") for part in parts[-1:])


def _members(source: str, path: Path, folder: Path, pattern: str) -> list[Named]:
    def path_for(name: str) -> str | None:
        if is_resource_fork(name):
            return None
        checked = safe(name)  # also for members that are not read: one unsafe name makes the archive untrusted
        return checked if fnmatchcase(name, pattern) else None

    try:
        names = extract(path, folder, LIMITS, path_for)
    except BrokenArchiveError as error:
        raise DataError(f"{source}: not a complete archive: {error}") from error
    except UnsafeMemberError as error:
        raise UnsafePathError(f"{source}: the member {error.name!r} is {error}: the archive is not read") from error
    except ExtractionError as error:
        raise DataError(f"{source}: holds {error}: the archive is not read") from error
    return [(name, folder / name) for name in sorted(names)]
