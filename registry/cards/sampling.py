"""Draws random items of a bank for a person to read."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

import yaml

from counsel_leaderboard.registry.cards.card_format import ReadingDumper

# Fields that are the same on every row.
HIDDEN: Final = ("canary", "provenance", "version")


def draw(rows: list[dict[str, Any]], n: int, seed: int) -> list[dict[str, Any]]:
    """Up to `n` rows drawn without replacement, in the order of the bank; the same seed gives the same rows."""
    indexes = random.Random(seed).sample(range(len(rows)), min(n, len(rows)))  # noqa: S311 - a sample, not a secret
    return [rows[index] for index in sorted(indexes)]


def readable(row: dict[str, Any]) -> Iterator[str]:
    """A row as indented text with its content note first; fields that are the same on every row are left out."""
    note = row.get("content_note")
    yield f"=== {row.get('id', 'item')}" + (f"  [content note: {note}]" if note else "")
    shown = {key: value for key, value in row.items() if key not in (*HIDDEN, "id", "content_note")}
    yield yaml.dump(shown, Dumper=ReadingDumper, sort_keys=False, allow_unicode=True, width=100)
