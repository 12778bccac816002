"""The folders in which this installation stores its data."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from counsel_leaderboard.registry.common.settings import FolderSettings


def home() -> Path:
    """`$COUNSEL_HOME`, or the user's data folder; runs, requests and the DuckDB file live here."""
    return Path(FolderSettings.read().home or platformdirs.user_data_dir("counsel"))


def cache() -> Path:
    """The user's cache folder for what can be fetched again: weights, datasets, judge verdicts."""
    return Path(FolderSettings.read().cache or platformdirs.user_cache_dir("counsel"))
