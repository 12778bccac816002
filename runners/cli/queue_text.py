"""The queue as text for a terminal: one line a request also at 80 columns, reasons as notes below."""

from __future__ import annotations

from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from counsel_leaderboard.leaderboard.exchange.terminal_table import Notes, table

COLUMNS: Final = {
    "model": "left",
    "id": "left",
    "state": "left",
    "progress": "left",
    "wait": "right",
    "tries": "right",
    "note": "right",
}


def queue_text(page: dict[str, Any], width: int) -> RenderableType:
    """A page of the queue as the API gives it, for `width` columns: `wait` is the position in the queue and the minutes."""
    counts = ", ".join(f"{count} {state}" for state, count in page["counts"].items() if count)
    if not page["requests"]:
        return Text(counts or "The queue is empty.")
    notes = Notes()
    rows = [_cells(request, notes) for request in page["requests"]]
    filled = [number for number, _ in enumerate(COLUMNS) if number < 2 or any(row[number] for row in rows)]
    columns = {name: side for number, (name, side) in enumerate(COLUMNS.items()) if number in filled}
    return Group(table(counts, columns, [[row[number] for number in filled] for row in rows], width), *notes.lines())


def _cells(request: dict[str, Any], notes: Notes) -> list[str]:
    progress, ahead, wait = request["progress"], request["ahead"], request["wait_seconds"]
    total = "?" if progress and progress["total"] is None else (progress or {}).get("total")
    minutes = "unknown" if wait is None else f"{wait / 60:.0f} min"
    pending = "waits for the host: `counsel admit ID`" if request["state"] == "pending" else None
    return [
        request["model"], request["spec_id"], request["state"],
        f"{progress['stage']} {progress['done']}/{total}" if progress else "",
        "" if ahead is None else f"{ahead + 1}, {minutes}",
        str(request["attempts"] or ""), notes.number((request["reason"] or "").replace("_", " "), pending),
    ]  # fmt: skip
