"""How the records of exams of sessions and of acts are named and stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from counsel_leaderboard.leaderboard.runs.files import refused, write_whole
from counsel_leaderboard.registry.common.closed import Closed


def record_id(named: Mapping[str, Any]) -> str:
    """The name of a record's file: 16 hex digits of the hash of what tells exams apart."""
    return hashlib.sha256(json.dumps(named, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def store(file: Path, record: Closed) -> Path:
    """Write the record, replacing an older one of the same exam; its file. Raises StorageError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(file, error) from error
    write_whole(file, record.model_dump_json(indent=1) + "\n")
    return file
