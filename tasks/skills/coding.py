"""Codes a file of counselors' texts: one result a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.skills.coder import CodedText
from counsel_leaderboard.tasks.skills.labelled_rows import json_rows

ROWS_AT_ONCE = 500
FORM = "a row is a JSON object with `text` and `previous`, the client's turn before, which may be empty"


class CodesTexts(Protocol):
    """The coder, or a judge in its place."""

    def code_all(self, pairs: Sequence[tuple[str, str]]) -> list[CodedText]:
        """The codes of each (text, client's turn before)."""


def texts_of(file: Path) -> list[tuple[str, str]]:
    """Each row's text and client's turn before. Raises DataError, naming the file, the line, the rule and the next step."""
    return [_pair(row, where) for where, row in json_rows(file, FORM)]


def coded_lines(pairs: Sequence[tuple[str, str]], coder: CodesTexts) -> Iterator[dict[str, Any]]:
    """What the coder says of each (text, client's turn before), in order."""
    for start in range(0, len(pairs), ROWS_AT_ONCE):
        yield from map(described, coder.code_all(pairs[start : start + ROWS_AT_ONCE]))


def described(text: CodedText) -> dict[str, Any]:
    """A coded text as JSON: its codes with their confidence, whether the coder abstained and why, and each sentence."""
    sentences = [
        {
            "text": each.text,
            "codes": list(each.codes),
            "confidence": {code: round(value, 3) for code, value in each.confidence.items()},
            "abstained": not each.codes,
            **({"reason": each.reason} if each.reason else {}),
        }
        for each in text.sentences
    ]
    return {
        "codes": list(text.codes),
        "confidence": {code: round(value, 3) for code, value in text.confidence.items()},
        "abstained": not text.codes,
        **({"reason": text.reason} if text.reason else {}),
        "behaviour": text.behaviour,
        **({"cut": True} if text.cut else {}),
        "sentences": sentences,
    }


def _pair(row: Any, where: str) -> tuple[str, str]:
    for key in ("text", "previous"):
        if not isinstance(row, dict) or not isinstance(row.get(key), str):
            raise DataError(f"{where}: `{key}` is missing or no text. Add it; {FORM}.")
    return row["text"], row["previous"]
