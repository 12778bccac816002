"""`requests/<id>.json`: the truth about the queue, written before the row that is derived from it."""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path

import duckdb
from pydantic import ValidationError

from leaderboard import schema
from leaderboard.files import StorageError, decode_json, decode_text, first_problem, flush_folder, read_bytes, write_through
from leaderboard.queue.errors import QueueError
from leaderboard.queue.ticket import Ticket, naive, row
from leaderboard.store import append

FOLDER = "requests"
PARTIAL = ".partial-"


def write(home: Path, ticket: Ticket) -> None:
    """Put the ticket's file in place in one step, flushed to the disk. Raises StorageError; the file before it then stays."""
    folder = home / FOLDER
    partial, target = folder / f"{PARTIAL}{uuid.uuid4().hex}", folder / f"{ticket.spec_id}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_through(partial, f"{ticket.text()}\n".encode())
        new = not target.exists()
        partial.replace(target)
        # Flushing costs as much as a claim's statements. A name that is there already needs none of its own: the commit that
        # follows flushes the disk's journal, and were the power cut before it, the state before stands in its place.
        if new:
            flush_folder(folder)
    except OSError as error:
        raise StorageError(
            f"{folder / ticket.spec_id}.json: could not be written ({error.strerror}). The queue is unchanged; free space."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def read(file: Path) -> Ticket:
    """The ticket in `file`. Raises QueueError where it is none, or not the one that its name says."""
    try:
        ticket = Ticket.model_validate(decode_json(decode_text(read_bytes(file), file), str(file)))
    except ValidationError as error:
        raise QueueError(f"{file}: is not a request ({first_problem(error)}). Restore the file from a backup.") from error
    if ticket.spec_id != file.stem:
        raise QueueError(f"{file}: holds the request {ticket.spec_id}. Restore the file from a backup.")
    return ticket


def read_all(home: Path) -> list[Ticket]:
    """All tickets, by id; what a writer that died left behind is removed. Raises as `read`."""
    folder = home / FOLDER
    for leftover in folder.glob(f"{PARTIAL}*"):
        leftover.unlink(missing_ok=True)
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


def _with_lease(ticket: Ticket, until: datetime) -> dict[str, object]:
    running = ticket.state == "running"
    return {
        **row(ticket),
        "lease_until": naive(until) if running else None,
        "stage": "preparing" if running else None,
        "done": 0 if running else None,
        "total": None,
    }
