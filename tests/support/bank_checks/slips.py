"""Slips of an editor that a reader overlooks."""

from __future__ import annotations

import re

_STUTTER = re.compile(r"\b((?:[\w'’]+\W+){3,12})\1")


def stutters(text: str) -> list[str]:
    """Phrases of three words or more that occur twice in a row, as an incomplete edit leaves them."""
    return [match[1] for match in _STUTTER.finditer(text)]
