"""Safe extraction of tar and zip archives: neither the names nor the sizes in an archive are trusted."""

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
from typing import IO, Final, Self

CHUNK: Final = 1 << 20
HEADER_BYTES: Final = 64 * 1024  # of the extended headers of one member: names and times take a few hundred
ENCRYPTED: Final = 0x1  # of a zip member's flags
FOLDERS_DEEP: Final = 32
NAME_CHARACTERS: Final = 1024
_EXTENDED: Final = frozenset(
    (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
)
_FOREIGN: Final = re.compile(r"\\|\0|^[A-Za-z]:")  # backslashes, NUL characters and drive letters
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
    """An archive that was rejected; callers word their own message. `name`: the offending member, "" if there is none."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


class BrokenArchiveError(ExtractionError):
    """The file is not a tar or zip archive, or is truncated, encrypted or compressed in an unsupported way."""


class TooManyMembersError(ExtractionError):
    """The archive has more members than the limit."""


class TooManyBytesError(ExtractionError):
    """The members have more bytes than the limit."""


class UnsafeMemberError(ExtractionError):
    """A member is a link, a device, or has a path that leads out of the target folder."""


class HeaderError(ExtractionError):
    """A member's header is larger than any that names a file, or a name is too long or too many folders deep."""


class RepeatedMemberError(ExtractionError):
    """Two members have the same path."""


@dataclass(frozen=True)
class ExtractionLimits:
    """The largest number of files to extract, and of their bytes in total once unpacked."""

    members: int
    bytes: int


def extract(archive: Path, target: Path, limits: ExtractionLimits, path_for: Callable[[str], str | None]) -> list[str]:
    """Extract the regular files of a tar (plain or compressed) or zip archive into `target`; returns their paths in order.

    path_for: maps a member's name to its path below `target`, or to None to skip the member; it may raise errors of its own.
    Names are checked before anything is written, and bytes are counted while they are read. Raises ExtractionError or OSError.
    After an error some members may remain in `target`, so pass a temporary folder.
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
    """A member's name as a normalised relative path. Raises UnsafeMemberError if it leads out of the target folder."""
    pure = PurePosixPath(name)
    if len(name) > NAME_CHARACTERS or len(pure.parts) > FOLDERS_DEEP:
        raise HeaderError(f"a name of over {NAME_CHARACTERS} characters or {FOLDERS_DEEP} folders", name[:100])
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or _FOREIGN.search(name):
        raise UnsafeMemberError("a path that leads out of the archive", name)
    return str(pure)


@contextmanager
def _reading() -> Iterator[None]:
    """Translates errors of reading the archive; not for writing, where an OSError is about the disk."""
    try:
        yield
    except _BROKEN as error:
        raise BrokenArchiveError(type(error).__name__) from error
    except MemoryError as error:
        raise TooManyBytesError("more than the memory of this process") from error


def _members(archive: Path, limits: ExtractionLimits) -> Iterator[tuple[str, IO[bytes]]]:
    with _reading():
        yield from _zip_members(archive, limits) if zipfile.is_zipfile(archive) else _tar_members(archive, limits)


def _zip_members(archive: Path, limits: ExtractionLimits) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as opened:
        for number, info in enumerate(opened.infolist()):
            if number > 2 * limits.members:
                raise TooManyMembersError(f"more than {limits.members} files")
            if info.is_dir():
                continue
            if info.flag_bits & ENCRYPTED:
                raise BrokenArchiveError("it is encrypted: pack it without a password", info.filename)
            # The upper half of the attributes is the Unix mode; its first digit is 0o10 for a regular file, 0 if not given.
            if (info.external_attr >> 28) not in (0, 0o10):
                raise UnsafeMemberError("a link or a device", info.filename)
            with opened.open(info) as stream:
                yield info.filename, stream


class _Header(tarfile.TarInfo):
    """A tar header that is refused before tarfile reads what follows it: its parsers take minutes for half a megabyte."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """The header in `buf`. Raises HeaderError for too large an extended header, UnsafeMemberError for a sparse file."""
        header = super().frombuf(buf, encoding, errors)
        if header.type in _EXTENDED and header.size > HEADER_BYTES:
            raise HeaderError(f"an extended header of over {HEADER_BYTES} bytes", header.name[:100])
        if header.type == tarfile.GNUTYPE_SPARSE:
            raise UnsafeMemberError("a sparse file", header.name)
        return header


def _tar_members(archive: Path, limits: ExtractionLimits) -> Iterator[tuple[str, IO[bytes]]]:
    # Read as a stream, so that a long list of members is never held in memory.
    with tarfile.open(archive, "r|*", tarinfo=_Header) as opened:
        for number, member in enumerate(opened):
            if number > 2 * limits.members:  # folders have no bytes but still take time
                raise TooManyMembersError(f"more than {limits.members} files")
            if member.isdir():
                continue
            if member.issparse():
                raise UnsafeMemberError("a sparse file", member.name)
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
