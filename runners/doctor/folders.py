"""Checks of where things are stored: the user's home, $COUNSEL_HOME, the cache, the DuckDB file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.leaderboard.store import rebuild
from counsel_leaderboard.leaderboard.store.database import FILE_NAME, Store, StoreError, StoreLockedError
from counsel_leaderboard.leaderboard.store.ingest import ids
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.runners.doctor.diagnosis import Diagnosis, ok, problem, warning

GIB = 1 << 30
LEAST_BYTES, ENOUGH_BYTES = GIB, 5 * GIB
OTHERS = 0o077


def check() -> Iterator[Diagnosis]:
    """All checks of this module."""
    yield from user_home()
    yield from folder("home folder", "COUNSEL_HOME", paths.home, private=True)
    yield from folder("cache folder", "COUNSEL_CACHE", paths.cache, private=False)
    yield from store()


def user_home() -> Iterator[Diagnosis]:
    """Whether this user has a home, where the libraries of Hugging Face store what they load."""
    try:
        home: Path | None = Path.home()
    except RuntimeError:
        home = None
    if home is not None and os.access(home, os.W_OK | os.X_OK):
        yield ok("user", f"has the home {home}")
    elif os.environ.get("HF_HOME"):
        yield ok("user", "has no home that can be written; HF_HOME is set")
    else:
        yield warning(
            "user", "has no home that can be written, where the libraries of Hugging Face store what they load.",
            "Set HF_HOME, COUNSEL_HOME and COUNSEL_CACHE to folders that can be written.",
        )  # fmt: skip


def folder(topic: str, variable: str, named: Callable[[], Path], *, private: bool) -> Iterator[Diagnosis]:
    """Whether that folder can be written, has room, and, where it is `private`, is closed to other users."""
    try:
        path = named()
    except paths.FolderError as error:
        yield problem(topic, str(error), "")
        return
    existing = next((parent for parent in (path, *path.parents) if parent.exists()), Path("/"))
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        yield problem(topic, f"{existing} cannot be written.", f"Change its permissions, or set {variable} to another folder.")
        return
    free = shutil.disk_usage(existing).free
    room = f"{free / GIB:.1f} GiB free"
    if free < ENOUGH_BYTES:
        level = problem if free < LEAST_BYTES else warning
        yield level(topic, f"{path} has {room}.", f"Free space, or set {variable} to a folder on another disk.")
    if private and path.exists() and path.stat().st_mode & OTHERS:
        yield warning(
            topic,
            f"{path} can be read by other users, with withheld replies in it.",
            f"chmod 700 {path}; `counsel serve` does so at its start.",
        )
    elif free >= ENOUGH_BYTES:
        yield ok(topic, f"{path}, {room}" if path.exists() else f"{path} is made at its first use, {room}")


def store() -> Iterator[Diagnosis]:
    """Whether the DuckDB file, where there is one, can be read and holds every stored run."""
    try:
        home = paths.home()
        if not (home / FILE_NAME).is_file():
            yield ok("store", "none yet")
            return
        with Store.open(home) as opened:
            lack, runs = rebuild.incomplete(opened), len(ids(opened))
    except paths.FolderError:
        return  # said of the folder already
    except StoreLockedError as error:
        yield ok("store", f"in use: {error}")
        return
    except (StoreError, StorageError) as error:
        yield problem("store", str(error), "")
        return
    yield problem("store", lack, "") if lack else ok("store", counted(runs, "run"))
