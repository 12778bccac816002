"""The folders in which this installation stores its data."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import platformdirs

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.settings import FolderSettings


class FolderError(CounselError):
    """One of our folders cannot be named, made or written."""


def home() -> Path:
    """`$COUNSEL_HOME`, or the user's data folder; runs, requests and the DuckDB file live here. Raises FolderError."""
    return FolderSettings.read().home or _of_user(platformdirs.user_data_dir("counsel"), "COUNSEL_HOME")


def cache() -> Path:
    """The user's cache folder for what can be fetched again: weights, datasets, judge verdicts. Raises FolderError."""
    return FolderSettings.read().cache or _of_user(platformdirs.user_cache_dir("counsel"), "COUNSEL_CACHE")


def refusal(error: OSError) -> FolderError | None:
    """The error in words where `error` is about a path in one of our folders; None for any other."""
    refused = error.filename2 or error.filename
    if not isinstance(refused, str):
        return None
    for variable, named in (("COUNSEL_HOME", home), ("COUNSEL_CACHE", cache)):
        with suppress(FolderError):
            folder = named()
            if Path(refused).is_relative_to(folder) or folder.is_relative_to(refused):
                return FolderError(
                    f"{refused}: {error.strerror}. Free space or change its permissions, or set {variable} to a folder that "
                    "you can write."
                )
    return None


def _of_user(folder: str, variable: str) -> Path:
    path = Path(folder)
    if not path.is_absolute():  # `~` stays as it is for a user whom the system gives no home
        raise FolderError(f"this user has no home folder. Set {variable} to a folder that you can write.")
    return path
