"""Documents of the tasks that the session server plays: one session with each client, the request that orders it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard import registry
from counsel_leaderboard.registry.sessions.danger_card import SERIES_TURNS
from counsel_leaderboard.registry.sessions.shared_bank import reaction_bank, stock_bank
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.order import Doc, balanced
from counsel_leaderboard.tasks.common.source import OPEN, Items, TaskSourceError

CARD: Final = "open-clients"
TURNS: Final = 12
"""Counselor turns of a session that nobody ends before."""


def documents(task: str, splits: tuple[str, ...], source: str, covered: Callable[[Doc], bool] = lambda _: True) -> Items:
    """One document for each client of some splits of the open clients; the headline covers those that `covered` names.

    Raises TaskSourceError for another source.
    """
    if source != OPEN:
        raise TaskSourceError(f"{task}: source {source!r}: the clients are the project's own. Choose: {OPEN} (--metadata).")
    loaded = [registry.load(CARD, split) for split in splits]
    docs = balanced([document(row) for part in loaded for row in part.rows])
    # What all clients share is said in every session, so that the scores depend on it too.
    shared = {bank: of().model_dump(mode="json") for bank, of in (("stock", stock_bank), ("reactions", reaction_bank))}
    clients = ", ".join(part.fingerprint for part in loaded)
    dataset = {
        "name": CARD,
        "split": " and ".join(splits),
        "revision": loaded[0].revision,
        "fingerprint": registry.fingerprint([{"clients": clients, **shared}]),
        "items": len(docs),
        "eligible": sum(map(covered, docs)),
    }
    return Items(OPEN, dataset, docs)


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
