"""Bytes on disk: reading with errors that name the file, hashes, and the atomic copy of a run folder."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.errors import CounselError

RUN_AGAIN = "run lm_eval again with --output_path and --log_samples, and pass the folder that it writes"
INCOMING = ".incoming-"
PIECE = 1 << 20
FULL = {errno.ENOSPC, errno.EDQUOT}
IN_THE_WAY = {errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


class ResultsError(CounselError):
    """A run folder that is not a complete lm-eval output, or whose parts do not agree."""


class StorageError(CounselError):
    """The home folder cannot be written; its earlier content is unchanged."""


class DiskFullError(StorageError):
    """The disk or the quota on it is full."""


def read_bytes(file: Path) -> bytes:
    """The bytes of `file`. Raises ResultsError."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise ResultsError(f"{file}: cannot be read ({error.strerror}). Check that it is there and readable.") from error


def decode_text(raw: bytes, file: Path) -> str:
    """UTF-8 text. Raises ResultsError."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ResultsError(f"{file}: is not UTF-8 text at byte {error.start}. To fix it, {RUN_AGAIN}.") from error


def decode_json(text: str, where: str) -> Any:
    """The JSON value of `text`. Raises ResultsError where it is cut off, not JSON, or not encodable again."""
    try:
        value = json.loads(text)
        # An escaped lone surrogate is valid JSON but invalid text: it can be neither stored nor shown.
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{where}: is not complete JSON ({first_problem(error)}). To fix it, {RUN_AGAIN}.") from error
    return value


def first_problem(error: Exception) -> str:
    """The first problem, with its location in the value."""
    if not isinstance(error, ValidationError):
        return str(error) or type(error).__name__
    first = error.errors(include_url=False)[0]
    location = ".".join(str(part) for part in first["loc"])
    return f"{location}: {first['msg']}" if location else first["msg"]


def sha256(raw: bytes) -> str:
    """Hex digest."""
    return hashlib.sha256(raw).hexdigest()


def refused(path: Path, error: OSError, then: str = "then try again", what: str = "could not be written") -> StorageError:
    """The error for a failed write to `path`: what failed, why, and the next step.

    then: the rest of that step's sentence. what: the failed action, and the state that it left.
    """
    kind = DiskFullError if error.errno in FULL else StorageError
    return kind(f"{path}: {what} ({error.strerror or error}). {_remedy(path, error)}, {then}.")


def _remedy(path: Path, error: OSError) -> str:
    named = error.filename2 or error.filename  # a file descriptor where the call had no path
    refused_at = Path(named) if isinstance(named, str | Path) else path
    if error.errno in FULL:
        return "Free space"
    if error.errno in IN_THE_WAY:
        above = (folder for folder in refused_at.parents if folder.exists() and not folder.is_dir())
        obstacle = next(above, refused_at)
        return f"{obstacle} is a {'folder' if obstacle.is_dir() else 'file'} and blocks the path: remove it"
    if error.errno in FORBIDDEN:
        return f"Check the permissions of {refused_at.parent}, and that its disk is not mounted read-only"
    return f"Check the disk that holds {refused_at.parent}"


def write_whole(
    file: Path,
    raw: str | bytes,
    then: str = "then try again",
    flush: atomic.Flush = "nothing",
    what: str = "could not be written",
) -> None:
    """`registry.common.atomic.write` with this package's error. Raises StorageError as `refused` words it."""
    try:
        atomic.write(file, raw, flush=flush)
    except OSError as error:
        raise refused(file, error, then, what) from error


def copy_run(sources: Mapping[str, Path], digests: Mapping[str, str], runs: Path, run_id: str) -> bool:
    """Copy all files to `runs/<run_id>/`, or none. False: they were there already.

    They are written to a folder beside it, flushed to the disk, compared with `digests` and renamed into place.
    Raises StorageError when the disk refuses, ResultsError when a source changed since it was read.
    """
    target = runs / run_id
    if target.exists():
        return False
    incoming = runs / f"{INCOMING}{uuid.uuid4().hex}"
    try:
        incoming.mkdir(parents=True)
        for name, source in sources.items():
            _copy(source, incoming / name, digests[name])
        atomic.flush_folder(incoming)
        _move(incoming, target)
    except OSError as error:
        raise refused(
            target, error, "then ingest it again", "the run could not be stored, and no part of it remains"
        ) from error
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return True


def _move(incoming: Path, target: Path) -> None:
    incoming.rename(target)
    try:
        atomic.flush_folder(target.parent)
    except OSError:
        target.rename(incoming)
        raise


def _copy(source: Path, target: Path, digest: str) -> None:
    """Copy in pieces: a run's file may be larger than the memory that a server has to spare."""
    copied = hashlib.sha256()
    with _opened(source) as stream, target.open("wb") as out:
        while chunk := stream.read(PIECE):
            copied.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if copied.hexdigest() != digest:
        raise ResultsError(f"{source}: changed while it was read. Wait until lm_eval has ended, then ingest again.")


def _opened(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except OSError as error:
        raise ResultsError(f"{file}: cannot be read ({error.strerror}). Check that it is there and readable.") from error


def remove_run(runs: Path, run_id: str) -> None:
    """Delete a run's folder: rename it first in one step, then delete its files."""
    deleting = runs / f"{INCOMING}{uuid.uuid4().hex}"
    (runs / run_id).rename(deleting)
    shutil.rmtree(deleting, ignore_errors=True)


def remove_leftovers(runs: Path) -> None:
    """Delete partial copies of processes that died in the middle of one."""
    for folder in runs.glob(f"{INCOMING}*"):
        shutil.rmtree(folder, ignore_errors=True)
