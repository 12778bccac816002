"""Verdicts cached on disk, so that judging the same reply twice costs nothing. Failures are never cached."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counsel_leaderboard.registry.common import atomic, paths

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cache:
    """A folder of JSON files, one per verdict, named by the hash of everything that the verdict depends on."""

    folder: Path

    def get(self, key: Mapping[str, Any]) -> dict[str, Any] | None:
        """The value stored under `key`, or None if there is none or its file is not a JSON object."""
        try:
            stored = json.loads(self.path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return stored if isinstance(stored, dict) else None

    def put(self, key: Mapping[str, Any], value: Mapping[str, Any]) -> None:
        """Store `value` atomically; if the disk refuses, only the cached copy is lost, never the verdict."""
        path = self.path(key)
        try:
            atomic.write(path, json.dumps(value, ensure_ascii=False))
        except OSError as error:
            log.warning("The judge's verdict could not be saved in %s: %s", self.folder, error)

    def path(self, key: Mapping[str, Any]) -> Path:
        """The file for the value of `key`."""
        canonical = json.dumps(key, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        name = hashlib.sha256(canonical.encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.json"


def verdict_cache() -> Cache:
    """The cache of this user, shared by all judges and tasks."""
    return Cache(paths.cache() / "judge")
