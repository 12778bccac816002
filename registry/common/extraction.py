"""Members of a tar or zip archive onto the disk; nothing in an archive is believed, neither its names nor its sizes."""

from __future__ import annotations

import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

CHUNK: Final = 1 << 20
_FOREIGN: Final = re.compile(r"\\|\0|^[A-Za-z]:")  # what other systems take for a way out
# zipfile raises RuntimeError for an encrypted member and NotImplementedError for an unknown compression; bz2 and gzip OSError.
_BROKEN: Final = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
)


class ExtractionError(Exception):
    """An archive that is not unpacked; each caller says so in its own words. `name`: of the member at fault, "" without one."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


class BrokenArchiveError(ExtractionError):
    """No tar or zip archive, cut off, encrypted, or packed in a way that cannot be read."""


class TooManyMembersError(ExtractionError):
    """More members than the limit."""


class TooManyBytesError(ExtractionError):
    """More bytes than the limit."""


class UnsafeMemberError(ExtractionError):
    """A link, a device, or a path that leads out of the archive."""


class RepeatedMemberError(ExtractionError):
    """Two members that would be one file."""


@dataclass(frozen=True)
class Limits:
    """The most that is taken: files, and bytes of them all together, unpacked."""

    members: int
    bytes: int


def extract(archive: Path, target: Path, limits: Limits, path_for: Callable[[str], str | None]) -> list[str]:
    """Write the plain files of a tar (plain or compressed) or zip archive below `target`; their paths there, in their order.

    place: a member's name as the archive has it to its path below `target`, None for one that is not wanted; it may raise an
    error of its own. Names are checked before their bytes are written, and bytes are counted as they come. Raises an
    ExtractionError or OSError, which may leave part of the members in `target`: give a folder that goes then.
    """
    left, written = limits.bytes, list[str]()
    seen = set[str]()
    for number, (name, stream) in enumerate(_members(archive, limits)):
        if number == limits.members:
            raise TooManyMembersError(f"more than {limits.members} files")
        wanted_path = path_for(name)
        if wanted_path is None:
            continue
        path = safe(wanted_path)
        if path in seen:
            raise RepeatedMemberError("the same file twice", path)
        seen.add(path)
        written.append(path)
        left -= _copy(stream, target / path, left, limits.bytes)
    return written


def safe(name: str) -> str:
    """The path that a member's name is below the archive's root. Raises UnsafeMemberError where it leads elsewhere."""
    pure = PurePosixPath(name)
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or _FOREIGN.search(name):
        raise UnsafeMemberError("a path that leads out of the archive", name)
    return str(pure)


@contextmanager
def _reading() -> Iterator[None]:
    """For what reads the archive; never for what writes, where OSError means the disk."""
    try:
        yield
    except _BROKEN as error:
        raise BrokenArchiveError(type(error).__name__) from error


def _members(archive: Path, limits: Limits) -> Iterator[tuple[str, IO[bytes]]]:
    with _reading():
        yield from _zip_members(archive) if zipfile.is_zipfile(archive) else _tar_members(archive, limits)


def _zip_members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            if info.is_dir():
                continue
            # The upper half of the attributes is the Unix mode, whose first digit is that of a plain file or not given.
            if (info.external_attr >> 28) not in (0, 0o10):
                raise UnsafeMemberError("a link or a device", info.filename)
            with opened.open(info) as stream:
                yield info.filename, stream


def _tar_members(archive: Path, limits: Limits) -> Iterator[tuple[str, IO[bytes]]]:
    # As a stream: the whole list of members is never held, however long it is.
    with tarfile.open(archive, "r|*") as opened:
        for number, member in enumerate(opened):
            if number > 2 * limits.members:  # folders have no bytes, and cost time all the same
                raise TooManyMembersError(f"more than {limits.members} files")
            if member.isdir():
                continue
            stream = opened.extractfile(member) if member.isreg() else None
            if stream is None:
                raise UnsafeMemberError("a link or a device", member.name)
            yield member.name, stream


def _copy(stream: IO[bytes], target: Path, left: int, most: int) -> int:
    written = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        while chunk := _read(stream):
            written += len(chunk)
            if written > left:
                raise TooManyBytesError(f"more than {most} bytes")
            out.write(chunk)
    return written


def _read(stream: IO[bytes]) -> bytes:
    with _reading():
        return stream.read(CHUNK)
