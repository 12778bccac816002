"""The Parquet files of a run, `<home>/cache/<run_id>/`: derived from its run folder, checksummed, one file a table.

`checksums.json` beside them keeps the SHA-256 of each. They are a cache: a file that is missing, truncated or changed counts
as absent, and `leaderboard.run_tables` derives it anew.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetFile
from pydantic import BaseModel, ConfigDict, ValidationError

from leaderboard import schema
from leaderboard.files import StorageError, sha256
from registry import atomic

FOLDER = "cache"
CHECKSUMS = "checksums.json"
# Rows a row group. A page of samples is 50 rows of one task: larger groups decompress more than it shows, smaller ones compress
# worse. Items are narrow and read whole.
ROW_GROUPS = {"samples": 256, "items": 100_000}
COMPRESSION_LEVEL = 3
# About a megabyte each for samples.
ROW_GROUPS_IN_MEMORY = 12

# Size and time of change of each file that was found intact: it is hashed again only when they differ.
_intact: dict[Path, tuple[int, int, int]] = {}


class Checksums(BaseModel):
    """What was written: the version of the tables, and the SHA-256 of each file by its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    sha256: dict[str, str]


def folder_of(home: Path, run_id: str) -> Path:
    """Where the Parquet files of a run are."""
    return home / FOLDER / run_id


def file_of(home: Path, run_id: str, table: str) -> Path:
    """The Parquet file of a run's `table`, one of schema.PARQUET."""
    return folder_of(home, run_id) / f"{table}.parquet"


def write(home: Path, run_id: str, rows: Mapping[str, pl.DataFrame]) -> None:
    """Write the tables of schema.PARQUET among `rows`, each file in one step, the checksums last. Raises StorageError.

    Not flushed to the disk: what a power cut loses is derived anew.
    """
    raws = {file_of(home, run_id, table): _parquet(table, rows[table]) for table in schema.PARQUET}
    checksums = Checksums(version=schema.VERSION, sha256={file.name: sha256(raw) for file, raw in raws.items()})
    for file, raw in [*raws.items(), (folder_of(home, run_id) / CHECKSUMS, checksums.model_dump_json().encode())]:
        try:
            atomic.write(file, raw)
        except OSError as error:
            raise StorageError(f"{file}: could not be written ({error.strerror}). Free space, then try again.") from error


def _parquet(table: str, rows: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    rows.write_parquet(out, compression="zstd", compression_level=COMPRESSION_LEVEL, row_group_size=ROW_GROUPS[table])
    return out.getvalue()


def _identity(file: Path) -> tuple[int, int, int]:
    """What changes when a file is replaced: size, time of change, inode."""
    status = file.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def is_intact(home: Path, run_id: str, table: str) -> bool:
    """Whether the file of that table is there as it was written, by this version.

    Hashed the first time that a process asks, and again when its size, time of change or inode is another.
    """
    file = file_of(home, run_id, table)
    try:
        seen = _identity(file)
        if _intact.get(file) == seen:
            return True
        checksums = Checksums.model_validate_json((folder_of(home, run_id) / CHECKSUMS).read_bytes())
        if checksums.version != schema.VERSION or checksums.sha256.get(file.name) != sha256(file.read_bytes()):
            return False
    except (OSError, ValidationError):
        return False
    _intact[file] = seen
    return True


def rows(home: Path, run_id: str, table: str, places: Sequence[int]) -> pl.DataFrame:
    """The rows of an intact file at these places, counted from 0, in the order of `places`.

    Only the row groups that hold them are read: for a page of wide rows, faster than any query. Whoever pages through a run
    asks for the same groups again and again, so the last few are kept in memory.
    """
    file, size = file_of(home, run_id, table), ROW_GROUPS[table]
    numbers = sorted({place // size for place in places})
    first = {number: index * size for index, number in enumerate(numbers)}
    identity = _identity(file)
    read = pa.concat_tables(_row_group(file, identity, number) for number in numbers or [0])
    return pl.DataFrame(
        pl.from_arrow(read.take(pa.array((first[place // size] + place % size for place in places), pa.int64())))
    )


@lru_cache(maxsize=ROW_GROUPS_IN_MEMORY)
def _row_group(file: Path, identity: tuple[int, int, int], number: int) -> Any:  # noqa: ARG001 - a changed file is another one
    with ParquetFile(file) as opened:
        return opened.read_row_group(number)


def remove(home: Path, run_id: str) -> None:
    """Delete the Parquet files of a run that is not stored after all."""
    shutil.rmtree(folder_of(home, run_id), ignore_errors=True)


def remove_leftovers(home: Path, run_ids: Set[str]) -> None:
    """Delete the files of all runs but these, and what a process that died in the middle of a write left behind.

    Only where nobody else writes: at a server's start, and in a rebuild.
    """
    for folder in (home / FOLDER).glob("*"):
        if folder.name in run_ids:
            atomic.remove_leftovers(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
