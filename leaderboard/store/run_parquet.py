"""The Parquet files of a run, `<home>/cache/<run_id>/`: derived from its run folder, with checksums, one file per table.

`checksums.json` beside them holds the SHA-256 of each. They are a cache: a file that is missing, truncated or changed counts
as absent, and `leaderboard.store.run_tables` derives it again. Every reader goes through `read`, which loads the bytes once and
checks them: later changes of the file do not affect those who have already read it.
"""

from __future__ import annotations

import io
import shutil
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetFile
from pydantic import ValidationError

from counsel_leaderboard.leaderboard.runs.files import refused, sha256, write_whole
from counsel_leaderboard.leaderboard.store import schema
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.closed import Closed

FOLDER = "cache"
CHECKSUMS = "checksums.json"
# Rows per row group. A page of samples is 50 rows of one task: larger groups decompress more than the page shows, smaller ones
# compress worse. Items have few columns and are read whole.
ROW_GROUPS = {"samples": 256, "items": 100_000}
COMPRESSION_LEVEL = 3
FILES_IN_MEMORY = 4
# Each takes about a megabyte for samples.
ROW_GROUPS_IN_MEMORY = 12

_groups: OrderedDict[tuple[str, int], pa.Table] = OrderedDict()  # by the file's SHA-256 and the row group's number
_groups_lock = threading.Lock()


class Checksums(Closed):
    """What was written: the version of the tables, and the SHA-256 of each file by its name."""

    version: int
    sha256: dict[str, str]


def folder_of(home: Path, run_id: str) -> Path:
    """Where the Parquet files of a run are."""
    return home / FOLDER / run_id


def file_of(home: Path, run_id: str, table: str) -> Path:
    """The Parquet file of a run's `table`, one of schema.PARQUET."""
    return folder_of(home, run_id) / f"{table}.parquet"


@dataclass(frozen=True)
class Content:
    """The bytes of one Parquet file, as they were written; `table` is one of schema.PARQUET."""

    table: str
    sha256: str
    raw: bytes = field(repr=False, compare=False)

    def columns(self, names: Sequence[str], task: str | None = None) -> pl.DataFrame:
        """These columns, of all rows or those of one task, in the order of the file."""
        rows = pl.scan_parquet(io.BytesIO(self.raw))
        return (rows if task is None else rows.filter(pl.col("task") == task)).select(names).collect()

    def rows(self, positions: Sequence[int]) -> pl.DataFrame:
        """The rows at these positions, counted from 0, in the order of `positions`, with all columns.

        Only the row groups that hold them are read, which for a page of wide rows is faster than any query. Paging through a
        run reads the same groups again and again, so the last few are kept in memory.
        """
        size = ROW_GROUPS[self.table]
        numbers = sorted({position // size for position in positions}) or [0]
        first = {number: index * size for index, number in enumerate(numbers)}
        read = pa.concat_tables(self._row_group(number) for number in numbers)
        return pl.DataFrame(
            pl.from_arrow(
                read.take(pa.array((first[position // size] + position % size for position in positions), pa.int64()))
            )
        )

    def _row_group(self, number: int) -> pa.Table:
        key = (self.sha256, number)
        with _groups_lock:
            if key in _groups:
                _groups.move_to_end(key)
                return _groups[key]
        with ParquetFile(pa.BufferReader(self.raw)) as opened:
            read = opened.read_row_group(number)
        with _groups_lock:
            _groups[key] = read
            while len(_groups) > ROW_GROUPS_IN_MEMORY:
                _groups.popitem(last=False)
        return read


def write(home: Path, run_id: str, rows: Mapping[str, pl.DataFrame]) -> dict[str, Content]:
    """Write the tables of schema.PARQUET in `rows`, each file atomically, the checksums last; gives what was written by table.

    The files are not flushed to the disk: what a power cut loses is derived again. Raises StorageError.
    """
    raws = {table: _parquet(table, rows[table]) for table in schema.PARQUET}
    written = {table: Content(table, sha256(raw), raw) for table, raw in raws.items()}
    digests = {file_of(home, run_id, table).name: content.sha256 for table, content in written.items()}
    for table, content in written.items():
        write_whole(file_of(home, run_id, table), content.raw)
    checksums = Checksums(version=schema.VERSION, sha256=digests)
    write_whole(folder_of(home, run_id) / CHECKSUMS, checksums.model_dump_json())
    return written


def adopt(home: Path, run_id: str, written: Path) -> None:
    """Move the folder that `write` filled for another home, on the same disk, to this one. Raises StorageError."""
    target = folder_of(home, run_id)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        written.rename(target)
    except OSError as error:
        raise refused(target, error) from error


def _parquet(table: str, rows: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    rows.write_parquet(out, compression="zstd", compression_level=COMPRESSION_LEVEL, row_group_size=ROW_GROUPS[table])
    return out.getvalue()


def read(home: Path, run_id: str, table: str) -> Content | None:
    """The Parquet file of that table, None where it is missing or is not as this version wrote it.

    It is hashed when it is read (about 2 ms for 3 MB), since neither size nor modification time reveals a disk that returns
    wrong bytes. The last few files stay in memory, so paging through a run reads and hashes its file once.
    """
    file = file_of(home, run_id, table)
    try:
        status = file.stat()
        return _read(file, (status.st_size, status.st_mtime_ns, status.st_ino), table)
    except (OSError, ValidationError):
        return None


@lru_cache(maxsize=FILES_IN_MEMORY)
def _read(file: Path, identity: tuple[int, int, int], table: str) -> Content | None:  # noqa: ARG001 - a new file is read anew
    checksums = Checksums.model_validate_json((file.parent / CHECKSUMS).read_bytes())
    raw = file.read_bytes()
    digest = sha256(raw)
    intact = checksums.version == schema.VERSION and checksums.sha256.get(file.name) == digest
    return Content(table, digest, raw) if intact else None


def forget() -> None:
    """Drop the files in memory, so that each is read from the disk again."""
    _read.cache_clear()


def remove(home: Path, run_id: str) -> None:
    """Delete the Parquet files of a run whose storing failed."""
    shutil.rmtree(folder_of(home, run_id), ignore_errors=True)


def remove_leftovers(home: Path, run_ids: Set[str]) -> None:
    """Delete the files of all runs except these, and partial files of processes that died in the middle of a write.

    Call it only where nothing else writes: when a server starts, and in a rebuild.
    """
    for folder in (home / FOLDER).glob("*"):
        if folder.name in run_ids:
            atomic.remove_leftovers(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
