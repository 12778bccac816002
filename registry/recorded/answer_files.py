"""One stored answer, and the limits that a file of them must keep."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.registry.common.errors import DataError

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_ROWS: Final = 20_000
MAX_LINE: Final = 1024 * 1024
MAX_TEXT: Final = 64 * 1024

Row = Mapping[str, Any]
Messages = tuple[tuple[str, str], ...]


class RecordError(DataError):
    """A file of stored answers that is not what its source published; nothing of it is used."""


@dataclass(frozen=True)
class Answer:
    """A stored answer to `messages` (role, text), the last of them the client's or the question's.

    `repeat` numbers the answers to one prompt from 0. `reply` is None where none was given. `item` names what was asked and how
    it is scored: two answers with the same item are comparable. `verdict` is the published label, None without one.
    """

    item: str
    messages: Messages
    repeat: int
    reply: str | None
    verdict: str | None = None


def prompt_words(text: str) -> str:
    """A text as its words alone, in lower case: files of one source differ in spaces and punctuation of the same prompt."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def rows(source: str, path: Path) -> Iterator[tuple[int, Row]]:
    """(number, row) of a JSONL or CSV file, within the limits. Raises RecordError naming the file and the row."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise RecordError(f"{source}: has {size:,} bytes, and a file of answers has at most {MAX_BYTES:,}. It is not read")
    reader = _csv if source.endswith(".csv") else _jsonl
    for number, row in enumerate(reader(source, path), start=1):
        if number > MAX_ROWS:
            raise RecordError(f"{source}: has more than {MAX_ROWS:,} rows. It is not read")
        yield number, row


def _jsonl(source: str, path: Path) -> Iterator[Row]:
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise RecordError(f"{source}, line {number}: is longer than {MAX_LINE:,} bytes. The file is not read")
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise RecordError(f"{source}, line {number}: is not JSON ({error}). The file is cut or damaged") from error
            if not isinstance(row, dict):
                raise RecordError(f"{source}, line {number}: is no JSON object. The file is not what the card describes")
            yield row


def _csv(source: str, path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream, strict=True), start=1):
                if None in row or None in row.values():
                    raise RecordError(f"{source}, row {number}: has more or fewer cells than the header")
                yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise RecordError(f"{source}: is not CSV ({error}). The file is cut or damaged") from error


def text(source: str, number: int, row: Row, key: str) -> str:
    """A cell that must hold a text of a usable length. Raises RecordError."""
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise RecordError(f"{source}, row {number}: {key} holds no text. The file is not what the card describes")
    if len(value) > MAX_TEXT:
        raise RecordError(f"{source}, row {number}: {key} is longer than {MAX_TEXT:,} characters. The file is not read")
    return value


def reply(source: str, number: int, row: Row, key: str, missing: frozenset[str] = frozenset()) -> str | None:
    """A stored reply; None where the file says that there was none. Raises RecordError for anything else than text."""
    value = row.get(key)
    if value is None or (isinstance(value, str) and value in missing):
        return None
    if not isinstance(value, str):
        raise RecordError(f"{source}, row {number}: {key} is {type(value).__name__}, not text. The file is not read")
    if len(value) > MAX_TEXT:
        raise RecordError(f"{source}, row {number}: {key} is longer than {MAX_TEXT:,} characters. The file is not read")
    return value
