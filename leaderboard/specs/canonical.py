"""The one JSON text of a value, and the hash of it that serves as an id."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, non-ASCII kept. Raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def short_hash(value: Any) -> str:
    """First 16 hex digits of the SHA-256 of the canonical JSON (UTF-8) of `value`."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]
