"""The Parquet files of stored runs: each is checked when it is read, and derived again where it is missing or changed.

A derived file is used from memory, so its reader gets the rows whatever happens to it on the disk.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import polars as pl

from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.leaderboard.store import run_parquet, schema
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.row_workers import read_stored
from counsel_leaderboard.leaderboard.store.rows import frames
from counsel_leaderboard.leaderboard.store.run_parquet import Content
from counsel_leaderboard.registry.common.errors import CounselError

STORED = "SELECT run_id FROM runs WHERE list_contains($runs, run_id) ORDER BY run_id"

# One at a time: a second reader of the same file waits for the first, and reading a whole run takes 100 MiB.
_deriving = threading.Lock()


def read(store: Store, table: str, run_id: str) -> Content | None:
    """The Parquet file of `table` (one of schema.PARQUET) of that run, None where it is not stored. Raises as `rows`."""
    return next(_contents(store, table, [run_id]), None)


def rows(store: Store, table: str, runs: Sequence[str], columns: Sequence[str], task: str | None = None) -> pl.DataFrame:
    """These columns of `table` (one of schema.PARQUET) for the stored runs among `runs`, sorted by run id; of one task or all.

    Raises StorageError for a missing or changed file that cannot be derived again from its run folder.
    """
    parts = [content.columns(columns, task) for content in _contents(store, table, runs)]
    return pl.concat(parts) if parts else schema.frame(table, []).select(columns)


def _contents(store: Store, table: str, runs: Sequence[str]) -> Iterator[Content]:
    with store.reading() as cursor:
        stored = [run_id for (run_id,) in cursor.execute(STORED, {"runs": list(runs)}).fetchall()]
    for run_id in stored:
        yield run_parquet.read(store.home, run_id, table) or _derive(store, run_id, table)


def _derive(store: Store, run_id: str, table: str) -> Content:
    with _deriving:
        by_another = run_parquet.read(store.home, run_id, table)
        if by_another is not None:
            return by_another
        try:
            derived = frames(read_stored(store.runs / run_id), None)
        except (CounselError, OSError) as error:
            file = run_parquet.file_of(store.home, run_id, table)
            raise StorageError(
                f"{file}: is missing or changed, and the run folder that it is derived from cannot be read either: {error} "
                f"Restore {store.runs / run_id} from a backup; the file is then derived when it is next read."
            ) from error
        return run_parquet.write(store.home, run_id, derived)[table]
