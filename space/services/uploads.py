"""The folder for uploads of browsers: it belongs to this server alone, and old files in it are deleted.

Gradio deletes the uploads that it knows of, but not those of an interrupted call or a malformed form.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from counsel_leaderboard.leaderboard.runs.files import StorageError

FOLDER: Final = "uploads"
SETTING: Final = "GRADIO_TEMP_DIR"
EVERY_SECONDS: Final = 600.0
MAX_AGE_SECONDS: Final = 3600.0


@contextmanager
def uploads_of(home: Path, every: float = EVERY_SECONDS, max_age: float = MAX_AGE_SECONDS) -> Iterator[Path]:
    """Let Gradio store uploads in a separate folder while the block runs. Yields the folder.

    It is in `home`, or in $GRADIO_TEMP_DIR if that is set. Every `every` seconds, files older than `max_age` seconds are
    deleted, and at the end all files. Raises StorageError if the folder cannot be created.
    """
    before = os.environ.get(SETTING)
    folder = Path(before or home).absolute() / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{folder}: cannot be created ({error.strerror}). Set {SETTING} to a folder that you can write to."
        ) from error
    os.environ[SETTING] = str(folder)
    ended = threading.Event()

    def keep_clean() -> None:
        while not ended.wait(every):
            delete_older(folder, max_age)

    delete_older(folder, 0)
    thread = threading.Thread(target=keep_clean, name="counsel-uploads", daemon=True)
    thread.start()
    try:
        yield folder
    finally:
        ended.set()
        thread.join()
        delete_older(folder, 0)
        if before is None:
            del os.environ[SETTING]
        else:
            os.environ[SETTING] = before


def delete_older(folder: Path, seconds: float) -> None:
    """Delete the files and folders below `folder` last written more than `seconds` ago; what cannot be deleted stays."""
    limit = time.time() - seconds
    for parent, folders, files in os.walk(folder, topdown=False):
        for path in (Path(parent, name) for name in (*files, *folders)):
            with suppress(OSError):
                if path.lstat().st_mtime > limit:
                    continue
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                else:
                    path.unlink()
