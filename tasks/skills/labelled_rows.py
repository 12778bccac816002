"""Rows to train the coder on: the open bank, and files of the same form. Each error names file, line and rule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.skills.codes import CODES
from counsel_leaderboard.registry.skills.features import features
from counsel_leaderboard.tasks.skills.training import TrainingRows

BANK = Path(__file__).parents[2] / "registry" / "open" / "skills" / "train.jsonl"
FORM = "a row is a JSON object with `text`, `previous` (the client's turn before, which may be empty) and `codes`"


def bank_sha256() -> str:
    """The hash of the bank's file, which the shipped weights' record names."""
    return hashlib.sha256(BANK.read_bytes()).hexdigest()


def rows(file: Path) -> list[dict[str, Any]]:
    """The labelled rows of a file in order. Raises DataError, naming the file, the line, the rule and the next step."""
    return [checked(row, where) for where, row in json_rows(file, FORM)]


def json_rows(file: Path, form: str) -> Iterator[tuple[str, Any]]:
    """Where each row of a JSON Lines file is, and the row unchecked. form: says in an error what a row has to be."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read as UTF-8 text ({error}). Name a JSON Lines file; {form}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            where = f"{file}, line {number}"
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise DataError(f"{where}: is no JSON. Correct the line; {form}.") from error
            yield where, row


def checked(row: Any, where: str) -> dict[str, Any]:
    """The row unchanged. Raises DataError unless it has a text, the client's turn before, and codes of the manual."""
    if not isinstance(row, dict):
        raise DataError(f"{where}: is no JSON object; {FORM}.")
    for key in ("text", "previous"):
        if not isinstance(row.get(key), str):
            raise DataError(f"{where}: `{key}` is missing or no text. Add it; {FORM}.")
    given = row.get("codes")
    if not isinstance(given, list) or not given or not all(isinstance(code, str) for code in given):
        raise DataError(f"{where}: `codes` is missing or no list of at least one code. Add it; {FORM}.")
    if unknown := [code for code in given if code not in CODES]:
        raise DataError(f"{where}: there is no code {', '.join(unknown)}. Use those of the manual: {', '.join(CODES)}.")
    return row


def labelled(given: list[dict[str, Any]]) -> TrainingRows:
    """Rows as the trainer takes them. A row without a bank's id is a case of its own, for nothing says what it belongs to."""
    marks = np.array([[code in row["codes"] for code in CODES] for row in given], dtype=bool)
    cases = [case(row, number) for number, row in enumerate(given)]
    return TrainingRows([features(row["text"], row["previous"]) for row in given], CODES, marks, cases)


def case(row: Mapping[str, Any], number: int) -> str:
    """The case of a row: its `case`, or its id `skills-<case>-<number>` without the number."""
    if isinstance(row.get("case"), str):
        return str(row["case"])
    identity = row.get("id")
    return identity.rpartition("-")[0] if isinstance(identity, str) and "-" in identity else f"row {number}"


def bank() -> TrainingRows:
    """The open bank."""
    return labelled(rows(BANK))


def training_rows(files: Sequence[Path]) -> list[dict[str, Any]]:
    """The rows of the open bank, then those of the files. Raises DataError."""
    return [row for file in (BANK, *files) for row in rows(file)]
