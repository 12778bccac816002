"""`requests/<id>.json`: the truth about the queue, written before the row that is derived from it."""

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


def write(home: Path, ticket: QueuedRequest) -> None:
    """Put the ticket's file in place in one step, flushed to the disk. Raises StorageError; the file before it then stays."""
    file = home / FOLDER / f"{ticket.spec_id}.json"
    # Flushing costs as much as a claim's statements. A name that is there already needs none of its own: the commit that
    # follows flushes the disk's journal, and were the power cut before it, the state before stands in its place.
    flush: atomic.Flush = "bytes" if file.exists() else "bytes and name"
    write_whole(file, f"{ticket.text()}\n", flush=flush, what="could not be written, and the queue is unchanged")


def read(file: Path) -> QueuedRequest:
    """The ticket in `file`. Raises QueueError where it is none, or not the one that its name says."""
    try:
        ticket = QueuedRequest.model_validate(decode_json(decode_text(read_bytes(file), file), str(file)))
    except ValidationError as error:
        raise QueueError(f"{file}: is not a request ({first_problem(error)}). Restore the file from a backup.") from error
    if ticket.spec_id != file.stem:
        raise QueueError(f"{file}: holds the request {ticket.spec_id}. Restore the file from a backup.")
    return ticket


def read_all(home: Path) -> list[QueuedRequest]:
    """All tickets, by id; what a writer that died left behind is removed. Raises as `read`."""
    folder = home / FOLDER
    atomic.remove_leftovers(folder)
    return [read(file) for file in sorted(folder.glob("*.json"))]


def load(cursor: duckdb.DuckDBPyConnection, home: Path, lease_until: datetime) -> int:
    """Make the table what the files say, inside the caller's transaction; how many requests there are.

    A request that was running gets a lease until `lease_until`: its worker may well be alive, and says so by then.
    """
    tickets = read_all(home)
    cursor.execute("DELETE FROM requests")
    if tickets:
        append(cursor, "requests", schema.frame("requests", (_with_lease(ticket, lease_until) for ticket in tickets)))
    return len(tickets)


def _with_lease(ticket: QueuedRequest, until: datetime) -> dict[str, object]:
    running = ticket.state == "running"
    return {
        **row(ticket),
        "lease_until": naive(until) if running else None,
        "stage": "preparing" if running else None,
        "done": 0 if running else None,
        "total": None,
    }
