"""Rows of a published table file: JSONL, JSON, CSV, Parquet. Read line by line or in batches, never twice in memory."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.common.untrusted.foreign_json import ForeignJsonError, JsonLimits, parsed

Row = dict[str, Any]
LFS: Final = b"version https://git-lfs."
PAGES: Final = (b"<!doctype", b"<html", b"<head", b"<?xml")
JSON_FILE: Final = JsonLimits(bytes=2 << 30, values=1 << 30)


def table_rows(source: str, path: Path) -> Iterator[Row]:
    """Rows of one file, its format told by the suffix of `source`; raises DataError naming the file and the place."""
    readers = {".jsonl": _jsonl, ".json": _json, ".csv": _csv, ".parquet": _parquet}
    reader = readers.get(PurePosixPath(source).suffix.lower())
    if reader is None:
        raise DataError(f"{source}: rows are read from {', '.join(readers)}, and this is none of them")
    refuse_stand_in(source, path)
    return reader(source, path)


def refuse_stand_in(source: str, path: Path) -> None:
    """Raise DataError for a file that is not the data: a Git LFS pointer, or a web page such as a login form."""
    with path.open("rb") as stream:
        start = stream.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(LFS):
        raise DataError(f"{source}: is a Git LFS pointer and not the file: fetch it with `git lfs pull`, or from its source")
    if start.startswith(PAGES):
        raise DataError(f"{source}: is a web page and not the file, perhaps a login form: download it while signed in")


def read_json(source: str, path: Path) -> Any:
    """The JSON value of a whole file; raises DataError."""
    refuse_stand_in(source, path)
    try:
        return parsed(path.read_bytes(), JSON_FILE)
    except ForeignJsonError as error:
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
                value = parsed(line)
            except ForeignJsonError as error:
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
            reader = csv.DictReader(stream, strict=True)
            _refuse_equal_names(source, reader.fieldnames or ())
            for number, row in enumerate(reader, start=1):
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
            _refuse_equal_names(source, table.schema_arrow.names)
            number = 0
            for batch in table.iter_batches(batch_size=4096):
                for row in batch.to_pylist():
                    number += 1
                    _refuse_other_types(f"{source}, row {number}", row)
                    yield row
    except (pyarrow.ArrowException, ValueError, OverflowError) as error:
        raise DataError(f"{source}: not readable as Parquet: {error}") from error


def _refuse_equal_names(source: str, names: Sequence[str]) -> None:
    equal = sorted({name for name in names if names.count(name) > 1})
    if equal:
        raise DataError(f"{source}: the column {equal[0]!r} occurs twice, and one would be lost: rename one of them")


def _refuse_other_types(where: str, row: Row) -> None:
    """Raise DataError for a value that JSON does not have: it could be neither fingerprinted nor shown."""
    for name, column in row.items():
        values = [column]
        while values:
            value = values.pop()
            if isinstance(value, dict):
                values += value.values()
            elif isinstance(value, list):
                values += value
            elif isinstance(value, float) and not math.isfinite(value):
                raise DataError(f"{where}: {name!r} is {value}, which is no number: leave it empty where it is unknown")
            elif not (value is None or isinstance(value, str | int | float)):
                raise DataError(
                    f"{where}: {name!r} is a {type(value).__name__}, and rows hold text, numbers, true, false, lists and "
                    "objects: convert that column"
                )
