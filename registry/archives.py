"""Members of a published archive, unpacked for as long as they are read, and only where none of them could harm."""

from __future__ import annotations

import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Final

from registry.errors import DataError, UnsafePathError

SUFFIXES: Final = (".zip", ".tar", ".tar.gz", ".tgz")
MAX_BYTES: Final = 8 << 30
MAX_MEMBERS: Final = 200_000

Named = tuple[str, Path]


@contextmanager
def unpacked(files: Sequence[Named], members: str | None) -> Iterator[list[Named]]:
    """The files, each archive replaced by its members that match the pattern (all, without one), sorted by name.

    Members lie in a temporary folder that goes when the context ends. Raises UnsafePathError for an archive that holds an
    absolute path, a `..`, a link or a device, DataError for one that is cut, or larger than any dataset of this field.
    """
    with tempfile.TemporaryDirectory(prefix="counsel-") as folder:
        found: list[Named] = []
        for number, (source, path) in enumerate(files):
            if source.lower().endswith(SUFFIXES):
                found += _members(source, path, Path(folder) / str(number), members or "*")
            else:
                found.append((source, path))
        yield found


def _members(source: str, path: Path, folder: Path, pattern: str) -> list[Named]:
    try:
        names = _unzip(source, path, folder) if source.lower().endswith(".zip") else _untar(source, path, folder)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise DataError(f"{source}: not a whole archive: {error}") from error
    return [(name, folder / name) for name in sorted(names) if fnmatchcase(name, pattern)]


def _unzip(source: str, path: Path, folder: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        _check_size(source, len(infos), sum(info.file_size for info in infos))
        for info in infos:
            # The upper half of the attributes is the Unix mode, where 0o12 marks a symbolic link.
            _check_member(source, info.filename, link=(info.external_attr >> 28) == 0o12)
        archive.extractall(folder)  # noqa: S202 - every member was checked
        return [info.filename for info in infos if not info.is_dir()]


def _untar(source: str, path: Path, folder: Path) -> list[str]:
    with tarfile.open(path) as archive:
        infos = archive.getmembers()
        _check_size(source, len(infos), sum(info.size for info in infos))
        for info in infos:
            _check_member(source, info.name, link=not (info.isfile() or info.isdir()))
        archive.extractall(folder, filter="data")
        return [info.name for info in infos if info.isfile()]


def _check_size(source: str, members: int, size: int) -> None:
    if members > MAX_MEMBERS or size > MAX_BYTES:
        raise DataError(f"{source}: {members} members of {size} bytes, more than {MAX_MEMBERS} or {MAX_BYTES}: not unpacked")


def _check_member(source: str, name: str, link: bool) -> None:
    pure = PurePosixPath(name)
    if link or pure.is_absolute() or ".." in pure.parts or "\\" in name or ":" in name:
        raise UnsafePathError(f"{source}: the member {name!r} is a link or leads out of the archive: nothing was unpacked")
