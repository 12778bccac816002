"""Derive the DuckDB file and the runs' Parquet files again from run folders, retractions and the queue's requests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

import duckdb

from counsel_leaderboard.leaderboard.runs.files import refused, remove_leftovers
from counsel_leaderboard.leaderboard.statistics.intervals import intervals as score_intervals
from counsel_leaderboard.leaderboard.store import retractions, run_parquet
from counsel_leaderboard.leaderboard.store.database import FILE_NAME, Store, StoreVersionError, open_file
from counsel_leaderboard.leaderboard.store.ingest import ids, insert, link
from counsel_leaderboard.leaderboard.store.row_workers import Rows, rows_of
from counsel_leaderboard.leaderboard.store.score_intervals import Intervals
from counsel_leaderboard.leaderboard.submissions.queue import files as queue_files
from counsel_leaderboard.leaderboard.submissions.queue.queue import LEASE_SECONDS, now

# Runs per transaction: a transaction costs the same whatever it holds, and all of its runs wait in memory.
BATCH = 8


@dataclass(frozen=True)
class RebuildReport:
    """How many runs, retractions and requests the new file holds."""

    runs: int
    retractions: int
    requests: int


def rebuild(
    home: Path,
    *,
    intervals: Intervals | None = score_intervals,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> RebuildReport:
    """Write the Parquet files of `home`'s run folders and a new DuckDB file, and replace the old file by it atomically.

    progress: called with runs done and runs in all. Raises StoreLockedError while a process owns the old file, ResultsError
    for a stored folder that no longer matches its id, and StorageError where the disk refuses; the old file then stays.
    """
    target = home / FILE_NAME
    owned = _own(target)
    temporary = home / f".rebuild-{os.getpid()}.duckdb"
    try:
        report = _derive(home, temporary, intervals, progress)
        _replace_store(temporary, target)
    except OSError as error:
        raise refused(target, error, what="could not be rebuilt, and the old file is unchanged") from error
    finally:
        for leftover in (temporary, _log_of(temporary)):
            leftover.unlink(missing_ok=True)
        if owned:
            owned.close()
    return report


def _own(target: Path) -> duckdb.DuckDBPyConnection | None:
    """The old file's connection, held so that no other process opens it meanwhile; None where it cannot be opened at all."""
    try:
        return open_file(target) if target.exists() else None
    except StoreVersionError:
        return None


def _log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.wal")


def _derive(home: Path, temporary: Path, intervals: Intervals | None, progress: Callable[[int, int], None]) -> RebuildReport:
    with Store(home, open_file(temporary)) as store:
        folders, done = _folders(store), 0
        for batch in _batches(rows_of(home, folders, intervals)):
            insert(store, *batch)
            for _ in batch:
                done += 1
                progress(done, len(folders))
        with store.writing() as cursor:
            retractions.load(cursor, home)
            requests = load_queue(cursor, home)
    return RebuildReport(runs=len(folders), retractions=len(retractions.ledger(home)), requests=requests)


def _batches(rows: Iterable[Rows]) -> Iterator[list[Rows]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def load_queue(cursor: duckdb.DuckDBPyConnection, home: Path) -> int:
    """Load the queue's table from its files and link runs to requests, inside the caller's transaction; returns how many.

    Running requests get a whole lease from now: their workers could not renew it while no server ran.
    """
    requests = queue_files.load(cursor, home, now() + timedelta(seconds=LEASE_SECONDS))
    link(cursor)
    return requests


def _folders(store: Store) -> list[Path]:
    """The stored run folders, once what dead processes left beside them is gone."""
    remove_leftovers(store.runs)
    folders = _listed(store)
    run_parquet.remove_leftovers(store.home, {folder.name for folder in folders})
    return folders


def _listed(store: Store) -> list[Path]:
    return sorted(folder for folder in store.runs.glob("[!.]*") if folder.is_dir())


def incomplete(store: Store) -> str | None:
    """What is wrong and the next step where stored runs have no rows, as DuckDB leaves it without a word if its log was cut."""
    stored, known = {folder.name for folder in _listed(store)}, ids(store)
    lost = len(stored - known)
    if not lost:
        return None
    return (
        f"{store.home / FILE_NAME}: lacks {lost} of the {len(stored)} stored runs, as after a crash whose log was lost or cut. "
        "Run `counsel rebuild`: it derives the file anew from the stored runs."
    )


def _replace_store(temporary: Path, target: Path) -> None:
    # A write-ahead log that a crash left beside the old file would be replayed into the new one.
    _log_of(target).unlink(missing_ok=True)
    temporary.replace(target)


def catch_up(store: Store, *, intervals: Intervals | None = score_intervals) -> list[str]:
    """Store the rows of run folders that a crash left without, the ledger and the queue; the ids of the runs that were added.

    For a server at its start. Raises as `rebuild` does.
    """
    known = ids(store)
    missing = [folder for folder in _folders(store) if folder.name not in known]
    for rows in rows_of(store.home, missing, intervals):
        insert(store, rows)
    with store.writing() as cursor:
        retractions.load(cursor, store.home)
        load_queue(cursor, store.home)
    return [folder.name for folder in missing]
