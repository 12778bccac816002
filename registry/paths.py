"""Where this installation keeps what it stores."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """`$COUNSEL_HOME`, or the user's data folder; runs, requests and the DuckDB file live here."""
    return Path(os.environ.get("COUNSEL_HOME") or platformdirs.user_data_dir("counsel"))


def cache() -> Path:
    """The user's cache folder for what can be fetched again: weights, datasets, judge verdicts."""
    return Path(os.environ.get("COUNSEL_CACHE") or platformdirs.user_cache_dir("counsel"))
