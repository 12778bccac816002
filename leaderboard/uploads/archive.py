"""A run folder as a tar or zip file and back; nothing in an archive is believed."""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from registry.errors import CounselError

# What lm-eval and a worker write: names of one folder, or of one folder down.
NAME = re.compile(r"(results_|samples_)[A-Za-z0-9_.:-]{1,180}\.jsonl?|request\.json|generation\.json")
FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,250}")
MAX_FILES = 200
MAX_BYTES = 2 * 1024**3
CHUNK = 1024 * 1024


class ArchiveError(CounselError):
    """An archive that is none, or that holds what does not belong to a run."""


class TooLargeError(ArchiveError):
    """More bytes than are taken."""


def pack(folder: Path, target: Path) -> None:
    """Write the files of a run folder to `target` as a tar.gz; the same folder gives the same members in the same order."""
    with tarfile.open(target, "w:gz", compresslevel=6) as archive:
        for file in sorted(path for path in folder.iterdir() if path.is_file()):
            archive.add(file, arcname=file.name, recursive=False)


def unpack(archive: Path, target: Path, max_bytes: int = MAX_BYTES) -> None:
    """Write the members of a tar (plain or compressed) or zip file into `target`, a new folder, flat as lm-eval wrote them.

    Every name is checked before a byte is written, and the bytes are counted as they come, whatever the headers say.
    Raises ArchiveError, TooLargeError.
    """
    target.mkdir(parents=True)
    left, seen = max_bytes, set[str]()
    try:
        for name, stream in _members(archive):
            if len(seen) == MAX_FILES:
                raise ArchiveError(f"upload: holds more than {MAX_FILES} files; a run has fewer.")
            plain = _checked(name)
            if plain in seen:
                raise ArchiveError(f"upload: holds {plain} twice; each file of a run stands once.")
            seen.add(plain)
            left -= _copy(stream, target / plain, left, max_bytes)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        # zipfile raises RuntimeError for an encrypted member and NotImplementedError for an unknown compression.
        raise ArchiveError(f"upload: is not a complete tar or zip archive ({type(error).__name__}).") from error
    if not seen:
        raise ArchiveError("upload: the archive is empty.")


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    if zipfile.is_zipfile(archive):
        yield from _zip_members(archive)
    else:
        yield from _tar_members(archive)


def _zip_members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            if info.is_dir():
                continue
            if (info.external_attr >> 28) not in (0, 0o10):
                raise ArchiveError(f"upload: {info.filename[:100]!r} is a link or a device; only plain files are taken.")
            with opened.open(info) as stream:
                yield info.filename, stream


def _tar_members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    # As a stream: the whole list of members is never held, however long it is.
    with tarfile.open(archive, "r|*") as opened:
        for number, member in enumerate(opened):
            if number > 2 * MAX_FILES:
                raise ArchiveError(f"upload: holds more than {MAX_FILES} files; a run has fewer.")
            if member.isdir():
                continue
            stream = opened.extractfile(member) if member.isreg() else None
            if stream is None:
                raise ArchiveError(f"upload: {member.name[:100]!r} is a link or a device; only plain files are taken.")
            yield member.name, stream


def _checked(name: str) -> str:
    """The file's own name, if the member's name is that of a run's file, at most one folder down."""
    path = PurePosixPath(name)
    parts = path.parts[1:] if path.parts[:1] == (".",) else path.parts
    within = len(parts) == 1 or (len(parts) == 2 and FOLDER.fullmatch(parts[0]))
    if not within or not NAME.fullmatch(path.name) or "\\" in name:
        raise ArchiveError(
            f"upload: {name[:100]!r} is no file of a run. It may hold results_*.json, samples_*.jsonl, request.json and "
            "generation.json, at most one folder down."
        )
    return path.name


def _copy(stream: IO[bytes], target: Path, left: int, most: int) -> int:
    written = 0
    with target.open("xb") as out:
        while chunk := stream.read(CHUNK):
            written += len(chunk)
            if written > left:
                raise TooLargeError(f"upload: holds more than {most} bytes; a run has fewer.")
            out.write(chunk)
    return written
