"""Turns stored run folders into rows of the DuckDB file, and writes their Parquet files on the way.

Several processes read many folders, since reading is what takes the time.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context, parent_process
from pathlib import Path

import polars as pl

from counsel_leaderboard.leaderboard.runs.files import ResultsError
from counsel_leaderboard.leaderboard.runs.read import RunFolder, read
from counsel_leaderboard.leaderboard.runs.validate import check
from counsel_leaderboard.leaderboard.store import run_parquet, schema
from counsel_leaderboard.leaderboard.store.rows import frames
from counsel_leaderboard.leaderboard.store.score_intervals import Intervals

Rows = dict[str, pl.DataFrame]

# A process takes a second to start: with fewer folders than this for each, reading them in this process is faster.
FOLDERS_A_PROCESS = 8
# Rows wait for the writer in memory: no more of them than keep the readers busy.
AHEAD = 2


def read_stored(folder: Path) -> RunFolder:
    """The run in a stored folder. Raises ResultsError where it is not the run that its name says."""
    run = read(folder)
    check(run)
    if run.run_id != folder.name:
        raise ResultsError(
            f"{folder}: its files give the id {run.run_id}, so they changed since they were stored. "
            "Restore the folder from a backup, or move it out of runs/."
        )
    return run


def rows_of(home: Path, folders: Sequence[Path], intervals: Intervals | None, processes: int | None = None) -> Iterator[Rows]:
    """The rows of each folder for the tables schema.OF_A_RUN, in the order of `folders`; its Parquet files are written by then.

    processes: how many read; by default one a core where there are folders enough. Raises as `read_stored`, and StorageError
    where the disk refuses a Parquet file.
    """
    n_processes = min(processes or os.cpu_count() or 1, len(folders) // FOLDERS_A_PROCESS)
    if n_processes < 2:
        yield from (_read(home, folder, intervals) for folder in folders)
        return
    # Not fork: the child would lack the threads of polars and DuckDB.
    with ProcessPoolExecutor(n_processes, mp_context=get_context("spawn"), initializer=_begin) as pool:
        yield from _in_order(pool, home, iter(folders), intervals, n_processes + AHEAD)


def _begin() -> None:
    end_with_parent()
    # A folder is a hundred thousand objects: the collector comes often, and need not look through the imports each time.
    gc.freeze()


def end_with_parent() -> None:
    """End this process once the one that started it is gone, by SIGKILL too: a pool's would wait for work for ever."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _in_order(
    pool: ProcessPoolExecutor, home: Path, folders: Iterator[Path], intervals: Intervals | None, ahead: int
) -> Iterator[Rows]:
    waiting: list[Future[Rows]] = [pool.submit(_read, home, folder, intervals) for folder in islice(folders, ahead)]
    try:
        while waiting:
            rows = waiting.pop(0).result()
            waiting += [pool.submit(_read, home, folder, intervals) for folder in islice(folders, 1)]
            yield rows
    finally:
        for future in waiting:
            future.cancel()


def _read(home: Path, folder: Path, intervals: Intervals | None) -> Rows:
    rows = frames(read_stored(folder), intervals)
    run_parquet.write(home, folder.name, rows)
    # The texts are most of the bytes, and need not be sent between processes.
    return {table: rows[table] for table in schema.OF_A_RUN}
