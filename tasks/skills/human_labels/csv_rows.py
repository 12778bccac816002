"""Rows of a published CSV file, whose columns are checked before anything is read of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from counsel_leaderboard.registry.common.errors import DataError


def csv_rows(file: Path, columns: tuple[str, ...], source: str) -> Iterator[dict[str, str]]:
    """The rows in order. source: where to take the file from, for an error. Raises DataError where it is missing or another."""
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            reader = csv.DictReader(opened)
            if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
                raise DataError(f"{file}: the column {', '.join(missing)} is missing. {source}.")
            yield from reader
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file}: cannot be read ({error}). {source}.") from error
