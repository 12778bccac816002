"""Reads an upload without parsing it here: a limited child process does, and leaves rows and files that need no more checks."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from counsel_leaderboard.leaderboard.exchange import ArchiveError, SecretError, TooLargeError
from counsel_leaderboard.leaderboard.runs.files import ResultsError, StorageError
from counsel_leaderboard.leaderboard.runs.self_report import Report
from counsel_leaderboard.leaderboard.specs.run_request import RequestError, RunRequest
from counsel_leaderboard.leaderboard.store import run_parquet, schema
from counsel_leaderboard.leaderboard.store.ingest import CheckedRun
from counsel_leaderboard.leaderboard.submissions.errors import RefusedError
from counsel_leaderboard.leaderboard.submissions.uploads.intake_order import RUN, STAGED, IntakeOrder, table_file
from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.processes import limited_child
from counsel_leaderboard.registry.common.processes.limited_child import ChildLimits, ChildRun, LimitError

RECOMPUTE: Final = "counsel_leaderboard.tasks.recompute"
"""Started as a program: only the tasks' own process may load lm-eval and the tasks' code."""
CHILD: Final = "counsel_leaderboard.leaderboard.submissions.uploads.intake_child"
UNPACKED_FACTOR: Final = 40
"""Text compresses well; an archive that holds more times its own size is not text that a model wrote."""
UNPACKED_BYTES: Final = 1 << 30
TABLE_BYTES: Final = 64 << 20
LIMITS: Final = ChildLimits()
_ERRORS: Final[Mapping[str, type[CounselError]]] = {
    error.__name__: error for error in (ArchiveError, TooLargeError, SecretError, ResultsError, RequestError, StorageError)
}


def unpacked_run(
    archive: Path,
    upload_bytes: int,
    secrets: Collection[str] = (),
    report: Report | None = None,
    limits: ChildLimits = LIMITS,
    child: ChildRun = limited_child.run,
) -> CheckedRun:
    """The run in `archive`, unpacked and staged beside it. `report`: the statement that a self-reported run is stored with.

    secrets: what no file may contain. child: how the parsing module is run. Raises ArchiveError, TooLargeError, SecretError,
    ResultsError, RequestError, RefusedError, StorageError; LimitError is turned into TooLargeError.
    """
    order = IntakeOrder(
        work=archive.parent.absolute(),
        most_bytes=min(upload_bytes * UNPACKED_FACTOR, UNPACKED_BYTES),
        secrets=tuple(secrets),
        report=report,
    )
    return _checked(order, limits, child)


def stored_run(folder: Path, work: Path, limits: ChildLimits = LIMITS, child: ChildRun = limited_child.run) -> CheckedRun:
    """The run whose files lie in `folder`, with its rows staged in `work`, an empty folder. Raises as `unpacked_run`."""
    (work / RUN).symlink_to(folder.absolute(), target_is_directory=True)
    return _checked(IntakeOrder(work=work.absolute(), archive=False), limits, child)


def recompute(run: CheckedRun, limits: ChildLimits = LIMITS, child: ChildRun = limited_child.run) -> None:
    """Raise RefusedError where the items of a staged run are not those of the bank, or its scores not those of its answers."""
    (folder,) = {file.parent for file in run.sources.values()}
    try:
        event = child(RECOMPUTE, json.dumps({"folder": str(folder)}), limits)
    except LimitError as error:
        raise TooLargeError(f"upload: scoring its answers {error}.") from error
    if isinstance(event, events.Refused):
        raise RefusedError(event.field, event.rule, event.message[:1000])


def _checked(order: IntakeOrder, limits: ChildLimits, child: ChildRun) -> CheckedRun:
    try:
        event = child(CHILD, order.model_dump_json(by_alias=True), limits)
    except LimitError as error:
        raise TooLargeError(f"upload: {error}; the run of a model has less. Send the files as lm_eval wrote them.") from error
    match event:
        case events.ParsedRun():
            return _staged(order.work, event)
        case events.Refused(error="RefusedError"):
            raise RefusedError(event.field, event.rule, event.message)
        case events.Refused():
            raise _ERRORS.get(event.error, ResultsError)(event.message)
    raise TypeError(f"an event of another kind: {event.event}")


def _staged(work: Path, run: events.ParsedRun) -> CheckedRun:
    return CheckedRun(
        run_id=run.run_id,
        request=RunRequest.model_validate(run.request) if run.request is not None else None,
        sources={name: work / RUN / name for name in run.files},
        digests=run.files,
        tasks={task.name: task.version for task in run.tasks},
        n_samples=sum(task.samples for task in run.tasks),
        rows={table: _rows(table_file(work, table), table, run.run_id) for table in schema.OF_A_RUN},
        parquet=run_parquet.folder_of(work / STAGED, run.run_id),
    )


def _rows(file: Path, table: str, run_id: str) -> pl.DataFrame:
    if file.stat().st_size > TABLE_BYTES:
        raise TooLargeError(f"upload: has too many items in {table}; the run of a model has fewer.")
    rows = pl.read_parquet(file)
    expected = schema.frame(table, [])
    if rows.schema != expected.schema or not (rows["run_id"] == run_id).all():
        raise ResultsError("upload: could not be read as a run.")
    return rows
