"""Canonical JSON and the hash of it that serves as an id, the fingerprint of rows, the checksum of a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def canonical(value: Any) -> str:
    """JSON text of a value, the same for equal values: sorted keys, no spaces, characters as they are.

    Raises ValueError for NaN and infinities, TypeError for a value that JSON cannot express.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def short_hash(value: Any) -> str:
    """First 16 hex digits of the SHA-256 of the canonical JSON (UTF-8) of `value`."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]


def fingerprint(rows: Iterable[Mapping[str, Any]]) -> str:
    """`sha256:<hex>` over the canonical JSON of each row and a newline, in UTF-8 and in order."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(canonical(row).encode())
        digest.update(b"\n")
    return f"sha256:{digest.hexdigest()}"


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
