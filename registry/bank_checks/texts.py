"""Reads the rows of the banks as they are stored, and extracts their texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from counsel_leaderboard import registry

OPEN = Path(registry.__file__).parent / "open"
Speaker = Literal["client", "counselor", "vignette", "notes"]
Row = dict[str, Any]


# Not prose: names, codes, and the two sentences that are the same on every row on purpose.
_NOT_PROSE = frozenset(
    {
        *("id", "case", "version", "provenance", "canary", "need", "role", "phase", "right", "group", "second_reading"),
        *("language", "kind", "speech_id", "reference_school", "other_school", "schools"),
        *("story", "state", "form", "request", "beside", "with_beside"),  # with_beside is with_condition but for one name
    }
)
_SPEAKERS: dict[str, Speaker] = {
    "client": "client",
    "speech": "client",
    "user": "client",
    "counselor": "counselor",
    "therapist": "counselor",
    "reference": "counselor",
    "sound": "counselor",
    "flawed": "counselor",
    "slight": "counselor",
    "plain": "counselor",
    "also_sound": "counselor",
    "other": "counselor",
    "assistant": "counselor",
    "remark": "counselor",
    "vignette": "vignette",
    "with_condition": "client",
}


@dataclass(frozen=True)
class Text:
    """One piece of prose: its bank, item and field, and its speaker."""

    bank: str
    item: str
    part: str
    speaker: Speaker
    text: str


def read(bank: str, root: Path = OPEN) -> list[Row]:
    """The rows of `<root>/<bank>/test.jsonl`, in order and unchecked."""
    lines = (root / bank / "test.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def texts(bank: str, row: Row) -> list[Text]:
    """All prose of a row, notes included; fields that hold names and codes are left out."""
    return [Text(bank, row["id"], part, speaker, text) for part, speaker, text in _walk(row, "", "")]


def prose(banks: Mapping[str, list[Row]]) -> list[Text]:
    """All prose of all banks, notes included."""
    return [text for bank, rows in banks.items() for row in rows for text in texts(bank, row)]


def spoken(bank: str, row: Row, *speakers: Speaker) -> list[str]:
    """The texts of these speakers in a row, in order."""
    return [text.text for text in texts(bank, row) if text.speaker in speakers]


def _walk(value: Any, part: str, key: str) -> Iterator[tuple[str, Speaker, str]]:
    if isinstance(value, str):
        yield part, _SPEAKERS.get(key, "notes"), value
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _walk(entry, f"{part}.{index}", key)
    elif isinstance(value, dict):
        for name, entry in value.items():
            if name not in _NOT_PROSE:
                # A chat message names its speaker beside the text, not in the key.
                yield from _walk(entry, f"{part}.{name}".lstrip("."), str(value.get("role", name)))
