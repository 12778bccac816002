"""`requests/<id>.json`: the source of truth of the queue, written before the database row that is derived from it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
from pydantic import ValidationError

from counsel_leaderboard.leaderboard.runs.files import decode_json, decode_text, first_problem, read_bytes, write_whole
from counsel_leaderboard.leaderboard.store import schema
from counsel_leaderboard.leaderboard.store.database import append
from counsel_leaderboard.leaderboard.submissions.queue.errors import QueueError
from counsel_leaderboard.leaderboard.submissions.queue.queued_request import QueuedRequest, naive, row
from counsel_leaderboard.registry.common import atomic

FOLDER = "requests"


def write(home: Path, request: QueuedRequest) -> None:
    """Write the request's file atomically, flushed to the disk. Raises StorageError; the previous file then stays."""
    file = home / FOLDER / f"{request.spec_id}.json"
    # Flushing costs as much as a claim's statements. A name that is there already needs none of its own: the commit that
    # follows flushes the disk's journal, and if the power is cut before it, the previous state remains.
    flush: atomic.Flush = "bytes" if file.exists() else "bytes and name"
    write_whole(file, f"{request.text()}\n", flush=flush, what="could not be written, and the queue is unchanged")


def read(file: Path) -> QueuedRequest:
    """The request in `file`. Raises QueueError where it holds none, or another than its name says."""
    try:
        request = QueuedRequest.model_validate(decode_json(decode_text(read_bytes(file), file), str(file)))
    except ValidationError as error:
        raise QueueError(f"{file}: is not a request ({first_problem(error)}). Restore the file from a backup.") from error
    if request.spec_id != file.stem:
        raise QueueError(f"{file}: holds the request {request.spec_id}. Restore the file from a backup.")
    return request


def read_all(home: Path) -> list[QueuedRequest]:
    """All requests, by id; leftovers of a writer that died are removed. Raises as `read`."""
    folder = home / FOLDER
    atomic.remove_leftovers(folder)
    return [read(file) for file in sorted(folder.glob("*.json"))]


def load(cursor: duckdb.DuckDBPyConnection, home: Path, lease_until: datetime) -> int:
    """Load the table from the files, inside the caller's transaction; returns the number of requests.

    A request that was running gets a lease until `lease_until`: its worker may still be alive and send a heartbeat.
    """
    requests = read_all(home)
    cursor.execute("DELETE FROM requests")
    if requests:
        append(cursor, "requests", schema.frame("requests", (_with_lease(request, lease_until) for request in requests)))
    return len(requests)


def _with_lease(request: QueuedRequest, until: datetime) -> dict[str, object]:
    running = request.state == "running"
    return {
        **row(request),
        "lease_until": naive(until) if running else None,
        "stage": "preparing" if running else None,
        "done": 0 if running else None,
        "total": None,
    }
