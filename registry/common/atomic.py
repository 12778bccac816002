"""Atomic writes: a file is written completely, or not at all."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

PARTIAL: Final = ".partial-"
"""How the name of a file or folder that is still being written begins: a reader's glob leaves it out."""

Flush = Literal["nothing", "bytes", "bytes and name"]


def write(file: Path, content: str | bytes, *, flush: Flush = "nothing", replace: bool = True, mode: int | None = None) -> None:
    """Write `file` in one step, its folder too: afterwards it is complete, or the previous file is unchanged.

    content: text is written as UTF-8. flush: what lasts over a power cut once this returns; without the name, the file before
    may come back. replace: False refuses a file that is there. mode: permissions, by default those that the process gives.
    Raises OSError, FileExistsError among them; nothing else is left behind then.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{PARTIAL}{uuid.uuid4().hex}")
    raw = content.encode() if isinstance(content, str) else content
    try:
        if mode is not None:
            partial.touch(mode)
        if flush == "nothing":
            partial.write_bytes(raw)
        else:
            write_through(partial, raw)
        if replace:
            partial.replace(file)
        else:
            os.link(partial, file)  # unlike a rename, it never replaces
        if flush == "bytes and name":
            flush_folder(file.parent)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def folder_beside(target: Path) -> Iterator[Path]:
    """A new folder on the file system of `target`, gone when the block ends: what was made there is moved to `target` before.

    For what a library downloads or unpacks into a place of its own. The folder of `target` is made. Raises OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=PARTIAL, dir=target.parent) as folder:
        yield Path(folder)


def write_through(target: Path, raw: bytes) -> None:
    """Write and flush to the disk, so that a full disk is reported now and not after the rename."""
    with target.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Make the names in `folder` last over a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Delete the files that writers which died left in `folder`, where no other process writes."""
    for leftover in folder.glob(f"{PARTIAL}*"):
        leftover.unlink(missing_ok=True)
