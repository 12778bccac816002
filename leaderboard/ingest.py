"""Store a run folder: its files first, whole or not at all, then its rows in one transaction."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from leaderboard import judge_columns, schema
from leaderboard.checks import check
from leaderboard.confidence import Intervals
from leaderboard.files import copy_run, remove_run
from leaderboard.judge_columns import JudgeName
from leaderboard.ranking.intervals import intervals as score_intervals
from leaderboard.results import RunFolder, read
from leaderboard.store import Store, append, frame
from leaderboard.tables import frames


@dataclass(frozen=True)
class IngestReport:
    """What became of a folder. `new` is False when the run was stored already."""

    run_id: str
    new: bool
    model: str
    tasks: tuple[str, ...]
    n_samples: int
    self_reported: bool


def ingest(
    folder: Path, home: Path, *, store: Store | None = None, intervals: Intervals | None = score_intervals
) -> IngestReport:
    """Store the run in `folder` under `home`, or do nothing when it is there.

    store: the open store of `home`, for a process that holds it; otherwise it is opened and closed here.
    intervals: the statistics that give each score its limits; none are stored without.
    Raises ResultsError or RequestError for a folder that breaks a rule, StoreError or StorageError where it cannot be stored;
    then nothing of it is kept and what was there before still is.
    """
    run = read(folder)
    check(run)
    rows = frames(run, intervals)
    with nullcontext(store) if store else Store.open(home) as opened:
        if run.request and run.request.judge:
            judge_columns.note(home, JudgeName(run.request.judge.model, run.request.judge.revision))
        new = _store(run, rows, opened)
    return IngestReport(
        run_id=run.run_id,
        new=new,
        model=rows["runs"]["model"][0],
        tasks=tuple(task.name for task in run.tasks),
        n_samples=rows["samples"].height,
        self_reported=run.request is None,
    )


def _store(run: RunFolder, rows: dict[str, pl.DataFrame], store: Store) -> bool:
    if holds(store, run.run_id):
        return False
    copied = copy_run(run.sources, run.digests, store.runs, run.run_id)
    try:
        return insert(store, run.run_id, rows)
    except BaseException:
        # A folder that stood there before its rows did is the truth that a crash left; only what this call put there goes.
        if copied:
            remove_run(store.runs, run.run_id)
        raise


def holds(store: Store, run_id: str) -> bool:
    """Whether the rows of that run are in the store."""
    with store.reading() as cursor:
        return _holds(cursor, run_id)


def _holds(cursor: duckdb.DuckDBPyConnection, run_id: str) -> bool:
    return bool(cursor.execute("SELECT 1 FROM runs WHERE run_id = ?", [run_id]).fetchall())


def insert(store: Store, run_id: str, rows: dict[str, pl.DataFrame]) -> bool:
    """Put a run's rows into the store in one transaction. False: they are there."""
    with store.writing() as cursor:
        if _holds(cursor, run_id):
            return False
        for table in schema.OF_A_RUN:
            append(cursor, table, rows[table])
        known = frame(cursor, "SELECT doc_key FROM docs")
        append(cursor, "docs", rows["docs"].join(known, on="doc_key", how="anti"))
    return True
