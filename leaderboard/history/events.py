"""What changed on the board, newest first: new rows, retractions, judges, and versions of tasks and their banks.

Nothing is recorded for this: every event follows from stored runs, the ledger of retractions and the judges' cards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, get_args

from counsel_leaderboard.leaderboard.judges import card
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.registry.manifests import Source

EventKind = Literal["row", "retraction", "judge", "bank"]
KINDS: Final[tuple[EventKind, ...]] = get_args(EventKind)

RUNS: Final = """
SELECT runs.run_id, runs.model, runs.role, runs.source, runs.engine, runs.judge, runs.judge_revision, runs.self_reported,
    runs.started_at, retractions.reason, retractions.retracted_at,
    list(tasks.task ORDER BY tasks.task) AS tasks
FROM runs JOIN tasks USING (run_id) LEFT JOIN retractions USING (run_id) GROUP BY ALL ORDER BY started_at, run_id
"""
VERSIONS: Final = """
SELECT tasks.task, runs.source, tasks.task_version, tasks.dataset, tasks.dataset_fingerprint, min(runs.started_at) AS first,
    arg_min(runs.run_id, runs.started_at) AS run_id, count(*) AS n_runs
FROM tasks JOIN runs USING (run_id) GROUP BY ALL ORDER BY task, source, first, task_version, dataset_fingerprint
"""


@dataclass(frozen=True)
class BoardEvent:
    """One change. `at`: UTC; `run_id` and `model`: the run that shows it, None for an exam; `details`: by kind.

    row: role, engine, judge, self_reported, tasks. retraction: reason. judge: judge, before (None for the first judge of a
    suite), or exam (the card's id) with qualified, the tasks for which it qualifies. bank: task, version, before, dataset,
    fingerprint, same_version (whether only the items changed).
    """

    kind: EventKind
    at: datetime
    source: Source | None
    run_id: str | None
    model: str | None
    details: Mapping[str, Any]


def events(store: Store) -> list[BoardEvent]:
    """All changes that the store shows, newest first; rows of scripted controls are left out.

    Raises ExamError for a judge's card that cannot be read.
    """
    with store.reading() as cursor:
        runs = frame(cursor, RUNS).to_dicts()
        versions = frame(cursor, VERSIONS).to_dicts()
    changes = [*_rows(runs), *_judges(runs), *_exams(store.home), *_banks(versions)]
    order = {kind: number for number, kind in enumerate(KINDS)}
    return sorted(changes, key=lambda event: (-event.at.timestamp(), order[event.kind], event.run_id or "", event.model or ""))


def _rows(runs: Sequence[Mapping[str, Any]]) -> Iterator[BoardEvent]:
    for run in runs:
        details = {name: run[name] for name in ("role", "engine", "judge", "self_reported", "tasks")}
        if run["role"] != "control":
            yield _event("row", run["started_at"], run, details)
        if run["retracted_at"] is not None:
            yield _event("retraction", run["retracted_at"], run, {"reason": run["reason"]})


def _judges(runs: Sequence[Mapping[str, Any]]) -> Iterator[BoardEvent]:
    """The first run of a suite that a judge scored: a new judge, after the one before it."""
    seen: dict[str, list[str]] = {}
    for run in runs:
        judge = run["judge"]
        known = seen.setdefault(run["source"], [])
        if judge is not None and judge not in known:
            yield _event(
                "judge", run["started_at"], run, {"judge": judge, "before": known[-1] if known else None, "exam": None}
            )
            known.append(judge)


def _exams(home: Path) -> Iterator[BoardEvent]:
    for entry in card.cards(home):
        written = (card.folder(home) / entry.id / card.FILE_NAME).stat().st_mtime
        details = {"judge": entry.exam.model, "before": None, "exam": entry.id}
        yield BoardEvent("judge", datetime.fromtimestamp(written, UTC), None, None, None, details)


def _banks(versions: Sequence[Mapping[str, Any]]) -> Iterator[BoardEvent]:
    """The first run on a version of a task, or on items of another fingerprint, where others ran before."""
    before: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in versions:
        key = (row["task"], row["source"])
        if earlier := before.get(key):
            details = {
                "task": row["task"], "version": row["task_version"], "before": earlier["task_version"],
                "dataset": row["dataset"], "fingerprint": row["dataset_fingerprint"],
                "same_version": row["task_version"] == earlier["task_version"],
            }  # fmt: skip
            yield BoardEvent("bank", _utc(row["first"]), row["source"], row["run_id"], None, details)
        before[key] = row


def _event(kind: EventKind, at: datetime, run: Mapping[str, Any], details: Mapping[str, Any]) -> BoardEvent:
    return BoardEvent(kind, _utc(at), run["source"], run["run_id"], run["model"], details)


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
