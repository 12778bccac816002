"""The public history as HTML: what changed on the board, and the versions of the open item banks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from counsel_leaderboard.leaderboard.history.events import KINDS, BoardEvent, EventKind, events
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.cards.bank_versions import bank_versions
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render

PAGE: Final = 50
NAMES: Final[dict[EventKind, str]] = {
    "row": "new rows", "retraction": "withdrawn rows", "judge": "judges", "bank": "versions of tasks and items",
}  # fmt: skip


def html(store: Store, address: Address, problems: Sequence[str] = ()) -> str:
    """The page of the events of the address's kind, newest first, by day."""
    known = events(store)
    listed = [event for event in known if address.event in ("", event.kind)]
    first = (address.page - 1) * PAGE
    shown = listed[first : first + PAGE]
    return render(
        "history.html",
        problems=problems,
        address=address,
        days=[
            (day, [_line(event, address) for event in group]) for day, group in groupby(shown, lambda event: event.at.date())
        ],
        kinds=[(kind, NAMES[kind], sum(event.kind == kind for event in known)) for kind in KINDS],
        total=len(listed),
        pages=-(-len(listed) // PAGE),
        banks=bank_versions(),
    )


def _line(event: BoardEvent, address: Address) -> dict[str, Any]:
    """An event for the template: time, kind, details, and the addresses of its run and its task (None without one)."""
    run = Address(tab="model", suite=event.source or address.suite, run=event.run_id) if event.run_id else None
    task = event.details.get("task")
    about = Address(tab="tasks", suite=event.source or address.suite, task=task) if task else None
    return {
        "at": event.at,
        "kind": event.kind,
        "model": event.model,
        "source": event.source,
        "run": run,
        "about": about,
        **event.details,
    }
