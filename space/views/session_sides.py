"""The sessions of several models with one client, side by side, for the page that compares models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from counsel_leaderboard.leaderboard.board import transcripts as samples
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.views import transcripts

MOST_CLIENTS: Final = 60
"""How many clients are offered; a task has 20 or 40."""


def sides(store: Store, runs: Sequence[str], tasks: Sequence[str], address: Address) -> dict[str, Any] | None:
    """The sessions of the runs with the client that the address names, else with the first that all of them met.

    task, clients (items that all runs have), item, sessions (by run: a transcript of `transcripts.transcript`), folded, note,
    and `alone`, the address of a run's session by itself. None where no task of whole sessions is shared or no item is.
    """
    known = catalog()
    whole = [task for task in tasks if task in known and known[task].manifest.sessions]
    for task in sorted(whole, key=lambda name: name != address.task):
        by_run = [_items(store, run, task) for run in runs]
        clients = [item for item in by_run[0] if all(item in other for other in by_run)]
        if clients:
            item = address.item if address.item in clients else clients[0]
            return {"task": task, "clients": clients, "item": item, **_read(store, runs, task, item)}
    return None


def _items(store: Store, run: str, task: str) -> Mapping[str, str]:
    page = samples.samples(store, run, task=task, limit=MOST_CLIENTS)
    return {sample["item_id"]: sample["stratum"] for sample in page.samples}


def _read(store: Store, runs: Sequence[str], task: str, item: str) -> dict[str, Any]:
    read = {run: samples.samples(store, run, task=task, item=item, limit=1).samples[0] for run in runs}
    shown = {run: transcripts.transcript(sample) for run, sample in read.items()}
    return {
        "sessions": shown,
        "folded": any(side["folded"] for side in shown.values()),
        "note": next((side["note"] for side in shown.values() if side["note"]), ""),
        "alone": lambda run: Address(tab="model", suite=_suite(store, run), run=run, task=task, item=item),
    }


def _suite(store: Store, run: str) -> Any:
    return samples.run(store, run)["source"]
