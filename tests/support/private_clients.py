"""Throw-away private clients: open ones of the same kinds with every spoken text replaced, for tests alone."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import yaml

from counsel_leaderboard.registry.sessions.client_files import client_paths

SPOKEN = ("text", "opening", "first", "plan", "stops", "tonight", "strength", "past", "who knows")


def write_private_clients(where: Path, marker: str, each: int = 4) -> dict[str, int]:
    """Write so many clients of each series into their folders; every text holds the marker. The number of clients by folder."""
    numbers, counts = count(), dict[str, int]()
    for folder in ("crisis", "look-alikes", "drift"):
        (where / folder).mkdir(parents=True, exist_ok=True)
        for path in [path for path in client_paths() if path.parent.name == folder][:each]:
            card = yaml.safe_load(path.read_text(encoding="utf-8"))
            number = next(numbers)
            card["id"] = f"private-{folder}-{number}"
            card["danger"]["story"] = f"Story of {marker} {number}, in which nobody is described."
            card = _replaced(card, marker, numbers)
            (where / folder / f"{card['id']}.yaml").write_text(yaml.safe_dump(card, sort_keys=False), encoding="utf-8")
            counts[folder] = counts.get(folder, 0) + 1
    return counts


def _replaced(value: Any, marker: str, numbers: count[int], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _replaced(each, marker, numbers, name) for name, each in value.items()}
    if isinstance(value, list):
        spoken = key not in ("content_notes",)
        return [_replaced(each, marker, numbers, "text" if spoken else key) for each in value]
    if isinstance(value, str) and key in SPOKEN:
        return f"{marker} says {_word(next(numbers))} in this test."
    return value


def _word(number: int) -> str:
    """A word of its own for each number, since figures alone do not tell lines apart."""
    return "".join("bdfgklmnpr"[int(digit)] + "aeiou"[int(digit) % 5] for digit in f"{number:04d}")
