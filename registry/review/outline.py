"""An item as an outline: each of its fields on a line, with how deep it lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from counsel_leaderboard.registry.cards.sampling import HIDDEN
from counsel_leaderboard.registry.review.bank_items import BankItem

# Shown in the head of an item, or the same on every row.
_ABOVE: Final = frozenset({*HIDDEN, "id", "language", "content_note", "content_notes", "schema_version"})


@dataclass(frozen=True)
class OutlineLine:
    """One line: how many levels deep it lies, from 0, what it is called, and its text, "" above deeper lines."""

    depth: int
    label: str
    text: str


def outline(item: BankItem) -> list[OutlineLine]:
    """All that a reader of an item judges, labels and notes for reviewers among it, in the order of the file."""
    return list(_fields({name: value for name, value in item.row.items() if name not in _ABOVE}, 0))


def _fields(row: dict[str, Any], depth: int) -> Iterator[OutlineLine]:
    for name, value in row.items():
        yield from _value(name.replace("_", " "), value, depth)


def _value(label: str, value: Any, depth: int) -> Iterator[OutlineLine]:
    match value:
        case {"role": str(role), "content": str(content), **rest} if not rest:
            yield OutlineLine(depth, f"{label} {role}", content)
        case dict() if value:
            yield OutlineLine(depth, label, "")
            yield from _fields(value, depth + 1)
        case list() if value and all(isinstance(part, str) and len(part) <= 30 for part in value):
            yield OutlineLine(depth, label, ", ".join(value))
        case list() if value:
            yield OutlineLine(depth, label, "")
            for number, part in enumerate(value, start=1):
                yield from _value(f"{number}", part, depth + 1)
        case _:
            yield OutlineLine(depth, label, _scalar(value))


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "", [], {}) else str(value)
