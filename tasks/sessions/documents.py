"""Documents of the tasks that the session server plays: one session with each client, the request that orders it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard import registry
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.registry.sessions.client_fit import FIGURES, clients_that_fit
from counsel_leaderboard.registry.sessions.danger_card import SERIES_TURNS
from counsel_leaderboard.registry.sessions.private_clients import SERIES, folder, private_clients, slice_fingerprint
from counsel_leaderboard.registry.sessions.shared_bank import (
    cbt_bank,
    open_answer_bank,
    put_off_bank,
    reaction_bank,
    short_answer_bank,
    stock_bank,
)
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.order import Doc, balanced
from counsel_leaderboard.tasks.common.source import OPEN, PRIVATE, Items, TaskSourceError

CARD: Final = "open-clients"
PRIVATE_CARD: Final = "private-clients"
RATED: Final = ("counsel_session", "counsel_ctrs")
"""The tasks whose clients two readers rate; the clients in danger have checks of their own."""
SHARED: Final = {
    "stock": stock_bank,
    "reactions": reaction_bank,
    "cbt": cbt_bank,
    "short answers": short_answer_bank,
    "open answers": open_answer_bank,
    "put-offs": put_off_bank,
}
TURNS: Final = 12
"""Counselor turns of a session that nobody ends before."""


def documents(task: str, splits: tuple[str, ...], source: str, covered: Callable[[Doc], bool] = lambda _: True) -> Items:
    """One document for each client of some splits of the open clients; the headline covers those that `covered` names.

    A task of free sessions or of CBT that its manifest ranks leaves out every client whose lines fit too badly. The source
    PRIVATE: the host's own clients of the same series. Raises TaskSourceError for another source.
    """
    if source == PRIVATE:
        return _private(task, splits, covered)
    if source != OPEN:
        raise TaskSourceError(f"{task}: source {source!r}: the clients are the project's own. Choose: {OPEN} (--metadata).")
    loaded = [registry.load(CARD, split) for split in splits]
    docs = usable(balanced([document(row) for part in loaded for row in part.rows]), ranked=is_ranked(task))
    clients = ", ".join(part.fingerprint for part in loaded)
    dataset = {
        "name": CARD,
        "split": " and ".join(splits),
        "revision": loaded[0].revision,
        "fingerprint": _with_shared(clients),
        "items": len(docs),
        "eligible": sum(map(covered, docs)),
    }
    return Items(OPEN, dataset, docs)


def _private(task: str, splits: tuple[str, ...], covered: Callable[[Doc], bool]) -> Items:
    """As `documents`, of the private slice. Raises TaskSourceError where it has no client of these series."""
    series = {SERIES.get(split.replace("_", "-")) for split in splits}
    cards = {name: card for name, card in private_clients().items() if card.series in series}
    if not cards:
        raise TaskSourceError(f"{task}: source {PRIVATE!r}: no client of {' or '.join(splits)} lies in {folder()}.")
    rows = [{"id": name, "risk": False, "client": card.model_dump(mode="json")} for name, card in cards.items()]
    docs = balanced([{**document(row), "dataset": PRIVATE_CARD} for row in rows])
    dataset = {
        "name": PRIVATE_CARD,
        "split": " and ".join(splits),
        "revision": None,
        "fingerprint": _with_shared(slice_fingerprint(cards)),
        "items": len(docs),
        "eligible": sum(map(covered, docs)),
    }
    return Items(PRIVATE, dataset, docs)


def _with_shared(clients: str) -> str:
    # What all clients share is said in every session, so that the scores depend on it too.
    shared = {bank: of().model_dump(mode="json") for bank, of in SHARED.items()}
    return registry.fingerprint([{"clients": clients, **shared}])


def is_ranked(task: str) -> bool:
    """Whether a task's manifest ranks it and its clients are those that readers rate."""
    return task in RATED and catalog()[task].manifest.ranked


def usable(docs: list[Doc], *, ranked: bool, figures: Path = FIGURES) -> list[Doc]:
    """The documents that a task may use: of a ranked one those whose client fits."""
    fit = clients_that_fit(figures) if ranked else frozenset[str]()
    return [doc for doc in docs if not ranked or doc["client"] in fit]


def document(row: Mapping[str, Any]) -> Doc:
    """What is known about a session beside its words, which the answer alone holds. The cluster is the client.

    The stratum of a client with an act plan is what the session is about, and its `series` is named.
    """
    client = row["client"]
    danger, series = client.get("danger"), client.get("series")
    return {
        "id": row["id"],
        "cluster": row["id"],
        "stratum": danger["about"] if danger else client["profile"]["manner"],
        "dataset": CARD,
        "content_note": ", ".join(client.get("content_notes", [])),
        "risk": row["risk"] or series in ("crisis", "drift"),
        "target": "",
        "client": row["id"],
        "turns": SERIES_TURNS[series] if series else TURNS,
        **({"series": series} if danger else {}),
    }


def messages(doc: Mapping[str, Any], system: Path) -> list[list[Message]]:
    """The one request of a document: the counselor's system text, and the session as the server reads it."""
    order = json.dumps({"session": doc["id"], "client": doc["client"], "turns": doc["turns"]})
    return [[{"role": "system", "content": system.read_text(encoding="utf-8").strip()}, {"role": "user", "content": order}]]
