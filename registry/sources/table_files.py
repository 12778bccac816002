"""Rows of a published table file: JSONL, JSON, CSV, Parquet. Read line by line or in batches, never twice in memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from counsel_leaderboard.registry.common.errors import DataError

Row = dict[str, Any]


def table_rows(source: str, path: Path) -> Iterator[Row]:
    """Rows of one file, its format told by the suffix of `source`; raises DataError naming the file and the place."""
    readers = {".jsonl": _jsonl, ".json": _json, ".csv": _csv, ".parquet": _parquet}
    reader = readers.get(PurePosixPath(source).suffix.lower())
    if reader is None:
        raise DataError(f"{source}: rows are read from {', '.join(readers)}, and this is none of them")
    return reader(source, path)


def read_json(source: str, path: Path) -> Any:
    """The JSON value of a whole file; raises DataError."""
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # also bad UTF-8, and brackets thousands deep
        raise DataError(f"{source}: not a whole JSON file: {error}") from error


def _row(source: str, number: int, value: object) -> Row:
    if not isinstance(value, dict):
        raise DataError(f"{source}, row {number}: expected a JSON object, found {type(value).__name__}")
    return value


def _jsonl(source: str, path: Path) -> Iterator[Row]:
    # Bytes are split at newlines alone: str.splitlines would also break at the separators that JSON allows inside strings.
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:  # also bad UTF-8, and brackets thousands deep
                raise DataError(f"{source}, line {number}: not valid JSON: {error}") from error
            yield _row(source, number, value)


def _json(source: str, path: Path) -> Iterator[Row]:
    values = read_json(source, path)
    if not isinstance(values, list):
        raise DataError(f"{source}: expected a JSON list of rows")
    for number, value in enumerate(values, start=1):
        yield _row(source, number, value)


def _csv(source: str, path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream, strict=True), start=1):
                if None in row or None in row.values():
                    raise DataError(f"{source}, row {number}: more or fewer cells than the header has")
                yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{source}: not readable as CSV: {error}") from error


def _parquet(source: str, path: Path) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as table:
            for batch in table.iter_batches(batch_size=4096):
                yield from batch.to_pylist()
    except pyarrow.ArrowException as error:
        raise DataError(f"{source}: not readable as Parquet: {error}") from error
