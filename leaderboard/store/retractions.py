"""The ledger of withdrawn runs: an append-only file that anyone may read. A retracted run stays stored, but off the board."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from pydantic import ValidationError

from counsel_leaderboard.leaderboard.runs.files import decode_json, first_problem, refused
from counsel_leaderboard.leaderboard.specs.text import Text
from counsel_leaderboard.leaderboard.store import schema
from counsel_leaderboard.leaderboard.store.database import Store, append
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.hashing import canonical

FILE_NAME = "retractions.jsonl"


class RetractionError(CounselError):
    """A retraction that is not possible, or a ledger line that cannot be read."""


class Retraction(Closed):
    """One line of the ledger; `retracted_at` is UTC, ISO 8601, to the second."""

    run_id: Text
    reason: Text
    retracted_at: datetime


def ledger(home: Path) -> list[Retraction]:
    """All retractions of `home`, oldest first. Raises RetractionError where a line is none."""
    file = home / FILE_NAME
    if not file.is_file():
        return []
    lines = file.read_text(encoding="utf-8").split("\n")
    return [_line(line, f"{file}: line {number}") for number, line in enumerate(lines, start=1) if line]


def _line(line: str, where: str) -> Retraction:
    try:
        return Retraction.model_validate(decode_json(line, where))
    except (ValidationError, CounselError) as error:
        problem = first_problem(error)
        raise RetractionError(f"{where}: is not a retraction ({problem}). Correct the line from a backup.") from error


def retract(store: Store, run_id: str, reason: str, *, now: datetime | None = None) -> Retraction:
    """Withdraw a stored run from the board, for a reason that everyone can read.

    Raises RetractionError for a run that is not stored or is retracted, and StorageError where the ledger cannot be written.
    """
    entry = _entry(run_id, reason, now or datetime.now(UTC))
    with store.writing() as cursor:
        if not cursor.execute("SELECT 1 FROM runs WHERE run_id = ?", [run_id]).fetchall():
            raise RetractionError(f"{run_id}: no stored run has this id. `counsel board --format json` lists the ids.")
        earlier = next((recorded for recorded in ledger(store.home) if recorded.run_id == run_id), None)
        if earlier is None:
            _append(store.home / FILE_NAME, canonical(entry.model_dump(mode="json")))
        # Also where the entry is an old one: the table may have missed it when the disk was full.
        load(cursor, store.home)
    if earlier is not None:
        raise RetractionError(f"{run_id}: is retracted already ({earlier.reason}). The ledger keeps one entry a run.")
    return entry


def _entry(run_id: str, reason: str, now: datetime) -> Retraction:
    try:
        return Retraction(run_id=run_id, reason=reason, retracted_at=now.astimezone(UTC).replace(microsecond=0))
    except ValidationError as error:
        raise RetractionError(
            f"{run_id}: cannot be retracted ({first_problem(error)}). Give a run's id and a one-line reason."
        ) from error


def _append(file: Path, line: str) -> None:
    """One write at the end of the file, flushed to the disk; a write that fails halfway is cut off again."""
    try:
        before = file.stat().st_size if file.is_file() else 0
        with file.open("ab") as out:
            try:
                out.write(f"{line}\n".encode())
                out.flush()
                os.fsync(out.fileno())
            except OSError:
                os.truncate(file, before)
                raise
    except OSError as error:
        raise refused(file, error, what="could not be written, and nothing was retracted") from error


def load(cursor: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Replace the table's rows by those of the ledger, inside the caller's transaction."""
    entries = ledger(home)
    cursor.execute("DELETE FROM retractions")
    if entries:
        rows = [{**entry.model_dump(), "retracted_at": entry.retracted_at.replace(tzinfo=None)} for entry in entries]
        append(cursor, "retractions", schema.frame("retractions", rows))
