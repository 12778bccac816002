"""Turns stored run folders into rows of the DuckDB file, and writes their Parquet files on the way.

Several processes read many folders, since reading is what takes the time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

import polars as pl

from counsel_leaderboard.leaderboard.runs.files import ResultsError
from counsel_leaderboard.leaderboard.runs.read import RunFolder, read
from counsel_leaderboard.leaderboard.runs.validate import check
from counsel_leaderboard.leaderboard.store import run_parquet, schema
from counsel_leaderboard.leaderboard.store.row_process import RowProcess
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
    read_one = partial(_read, home, intervals)
    if n_processes < 2:
        yield from map(read_one, folders)
        return
    idle: SimpleQueue[RowProcess] = SimpleQueue()

    def ask(folder: Path) -> Rows:
        process = idle.get()
        try:
            rows: Rows = process.ask(folder)
        finally:
            idle.put(process)
        return rows

    # The threads only wait, one for each process.
    with ExitStack() as open_processes, ThreadPoolExecutor(n_processes) as pool:
        for _ in range(n_processes):
            idle.put(open_processes.enter_context(RowProcess(read_one)))
        yield from _in_order(pool, ask, iter(folders), n_processes + AHEAD)


def _in_order(pool: ThreadPoolExecutor, ask: Callable[[Path], Rows], folders: Iterator[Path], ahead: int) -> Iterator[Rows]:
    waiting: list[Future[Rows]] = [pool.submit(ask, folder) for folder in islice(folders, ahead)]
    try:
        while waiting:
            rows = waiting.pop(0).result()
            waiting += [pool.submit(ask, folder) for folder in islice(folders, 1)]
            yield rows
    finally:
        for future in waiting:
            future.cancel()


def _read(home: Path, intervals: Intervals | None, folder: Path) -> Rows:
    rows = frames(read_stored(folder), intervals)
    run_parquet.write(home, folder.name, rows)
    # The texts are most of the bytes, and need not be sent between processes.
    return {table: rows[table] for table in schema.OF_A_RUN}
