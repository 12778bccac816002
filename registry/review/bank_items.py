"""The items of every open bank as somebody reads them: the rows of its files, or the clients of sessions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.common.hashing import short_hash
from counsel_leaderboard.registry.sessions.client_files import client_paths
from counsel_leaderboard.registry.sessions.shared_bank import read_yaml
from counsel_leaderboard.registry.sources.paths import OPEN

REVIEWS: Final = "reviews.jsonl"
_NO_ITEMS: Final = frozenset({REVIEWS, "second_reading.jsonl"})
# What may change while an item stays the same to its reader.
_AROUND: Final = frozenset({"version", "provenance", "reviewer_notes", "canary"})


@dataclass(frozen=True)
class BankItem:
    """One item of a bank: the file that holds it, its version as the file states it ("" for none), and all its fields.

    `edition` names the exact text: it changes with every field but the version, the provenance, the notes for reviewers and the
    canary. It begins with a letter, so that no program for tables takes it for a number.
    """

    bank: str
    file: str
    id: str
    version: str
    edition: str
    row: dict[str, Any]

    @property
    def content_note(self) -> str:
        """What the item speaks of that may weigh on a reader; "" for nothing."""
        return str(self.row.get("content_note") or ", ".join(self.row.get("content_notes", ())))


def bank_names(root: Path = OPEN) -> list[str]:
    """The banks below `root`, sorted."""
    return sorted(path.parent.name for path in root.glob("*/README.md"))


def bank_items(folder: Path) -> list[BankItem]:
    """The items of the bank in `folder`, file by file in the order of the files. Raises DataError where a line is none."""
    items = [
        _item(folder.name, path.name, row)
        for path in sorted(folder.glob("*.jsonl"))
        if path.name not in _NO_ITEMS
        for row in _rows(path)
    ]
    items += [_item(folder.name, path.parent.name, read_yaml(path)) for path in client_paths(folder)]
    if not items:
        raise DataError(f"{folder} holds no items: a bank is a folder of registry/open")
    return items


def count_items(folder: Path) -> int:
    """How many items the bank in `folder` holds; their text is not parsed."""
    return len(client_paths(folder)) + sum(
        sum(1 for line in path.read_bytes().splitlines() if line)
        for path in folder.glob("*.jsonl")
        if path.name not in _NO_ITEMS
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except ValueError as error:
        raise DataError(f"{path} cannot be read as one object a line: {error}") from error


def _item(bank: str, file: str, row: Any) -> BankItem:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise DataError(f"{bank}/{file} has a line or file without an `id`, by which items are reviewed")
    text = {name: value for name, value in row.items() if name not in _AROUND}
    return BankItem(bank, file, row["id"], str(row.get("version", "")), f"t{short_hash(text)}", row)
