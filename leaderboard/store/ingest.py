"""Store a run folder: its files first, whole or not at all, then its Parquet files, then its rows in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from counsel_leaderboard.leaderboard.board import judge_columns
from counsel_leaderboard.leaderboard.board.judge_columns import JudgeName
from counsel_leaderboard.leaderboard.exchange import Secrets
from counsel_leaderboard.leaderboard.runs.files import copy_run, remove_run
from counsel_leaderboard.leaderboard.runs.read import RunFolder, read
from counsel_leaderboard.leaderboard.runs.validate import check, check_manifests
from counsel_leaderboard.leaderboard.specs.run_request import RunRequest
from counsel_leaderboard.leaderboard.statistics.intervals import intervals as score_intervals
from counsel_leaderboard.leaderboard.store import run_parquet, schema
from counsel_leaderboard.leaderboard.store.database import Store, append
from counsel_leaderboard.leaderboard.store.rows import frames
from counsel_leaderboard.leaderboard.store.score_intervals import Intervals

# A run of an older release names no spec: it gets the spec of the request that it answered, the first of several.
LINK = """
UPDATE runs SET spec_id = answered.spec_id
FROM (
    SELECT run_id, spec_id FROM requests WHERE run_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY finished_at NULLS LAST, spec_id) = 1) AS answered
WHERE answered.run_id = runs.run_id AND runs.spec_id IS DISTINCT FROM answered.spec_id
"""


@dataclass(frozen=True)
class IngestReport:
    """The outcome for one folder. `new` is False when the run was already stored."""

    run_id: str
    new: bool
    model: str
    tasks: tuple[str, ...]
    n_samples: int
    self_reported: bool


def ingest(
    folder: Path,
    home: Path,
    *,
    store: Store | None = None,
    intervals: Intervals | None = score_intervals,
    secrets: Mapping[str, str] | None = None,
) -> IngestReport:
    """Store the run in `folder` under `home`, or do nothing when it is there.

    store: the open store of `home`, for a process that holds it; otherwise it is opened and closed here.
    intervals: the statistics that give each score its limits; none are stored without.
    secrets: what no file may contain, by the name to call it, for a folder that was not checked for secrets before.
    Raises ResultsError, RequestError or SecretError for a folder that breaks a rule, StoreError or StorageError where it cannot
    be stored; then nothing of it is kept and what was there before still is.
    """
    run = checked(read(folder, Secrets(secrets).refuse) if secrets is not None else read(folder), intervals)
    return ingest_run(run, home, store=store)


@dataclass(frozen=True)
class CheckedRun:
    """A run that was read and checked: whatever is stored of it is stored from here, and its files are not parsed again.

    rows: its rows by table, schema.OF_A_RUN. `sources` and `digests` as in RunFolder, `tasks` with their versions. parquet: the
    folder that holds its Parquet files already, if another process wrote them; otherwise `rows` has their tables too.
    """

    run_id: str
    request: RunRequest | None
    sources: Mapping[str, Path]
    digests: Mapping[str, str]
    tasks: Mapping[str, str]
    n_samples: int
    rows: Mapping[str, pl.DataFrame]
    parquet: Path | None = None


def checked(run: RunFolder, intervals: Intervals | None = score_intervals) -> CheckedRun:
    """The run with its rows, if its parts agree and each of its values is one. Raises ResultsError."""
    check(run)
    return tabulated(run, intervals)


def tabulated(run: RunFolder, intervals: Intervals | None = score_intervals) -> CheckedRun:
    """As `checked`, of a run that `leaderboard.runs.validate.check` passed. Raises ResultsError where a value is none."""
    check_manifests(run)
    return CheckedRun(
        run_id=run.run_id,
        request=run.request,
        sources=run.sources,
        digests=run.digests,
        tasks={task.name: task.metadata.version for task in run.tasks},
        n_samples=sum(len(task.samples) for task in run.tasks),
        rows=frames(run, intervals),
    )


def ingest_run(checked_run: CheckedRun, home: Path, *, store: Store | None = None) -> IngestReport:
    """Store a run that was read and checked, or do nothing when it is there.

    Its files are copied, and must still be those that were read. Raises ResultsError, StoreError or StorageError; then nothing
    of it is kept and what was there before still is.
    """
    run = checked_run
    with nullcontext(store) if store else Store.open(home) as opened:
        if run.request and run.request.judge:
            judge_columns.note(home, JudgeName(run.request.judge.model, run.request.judge.revision))
        new = _store(run, opened)
    return IngestReport(
        run_id=run.run_id,
        new=new,
        model=run.rows["runs"]["model"][0],
        tasks=tuple(run.tasks),
        n_samples=run.n_samples,
        self_reported=run.request is None,
    )


def _store(run: CheckedRun, store: Store) -> bool:
    if holds(store, run.run_id):
        return False
    copied = copy_run(run.sources, run.digests, store.runs, run.run_id)
    try:
        if run.parquet is None:
            run_parquet.write(store.home, run.run_id, run.rows)
        else:
            run_parquet.adopt(store.home, run.run_id, run.parquet)
        return bool(insert(store, run.rows))
    except BaseException:
        # A folder that stood there before its rows did is the truth that a crash left; only what this call put there goes.
        if copied:
            run_parquet.remove(store.home, run.run_id)
            remove_run(store.runs, run.run_id)
        raise


def holds(store: Store, run_id: str) -> bool:
    """Whether the rows of that run are in the store."""
    with store.reading() as cursor:
        return bool(_known(cursor, [run_id]))


def ids(store: Store) -> set[str]:
    """All runs whose rows are in the store."""
    with store.reading() as cursor:
        return {run_id for (run_id,) in cursor.execute("SELECT run_id FROM runs").fetchall()}


def _known(cursor: duckdb.DuckDBPyConnection, run_ids: list[str]) -> set[str]:
    return {
        run_id for (run_id,) in cursor.execute("SELECT run_id FROM runs WHERE list_contains(?, run_id)", [run_ids]).fetchall()
    }


def insert(store: Store, *runs: Mapping[str, pl.DataFrame]) -> list[str]:
    """Put the rows of `runs`, each by table, into the store in one transaction; the ids of those that were not there."""
    with store.writing() as cursor:
        known = _known(cursor, [_id(rows) for rows in runs])
        new = [rows for rows in runs if _id(rows) not in known]
        if new:
            for table in schema.OF_A_RUN:
                append(cursor, table, pl.concat([rows[table] for rows in new]))
            link(cursor)
    return [_id(rows) for rows in new]


def link(cursor: duckdb.DuckDBPyConnection) -> None:
    """Give each run that a request says it was answered by the request's spec_id, inside the caller's transaction."""
    cursor.execute(LINK)


def _id(rows: Mapping[str, pl.DataFrame]) -> str:
    return str(rows["runs"].item(0, "run_id"))
