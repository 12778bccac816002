"""Documents of the tasks that the session server plays: one session with each client, the request that orders it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard import registry
from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.order import Doc, balanced
from counsel_leaderboard.tasks.common.source import OPEN, Items, TaskSourceError

CARD: Final = "open-clients"
TURNS: Final = 12
"""Counselor turns of a session that nobody ends before."""


def documents(task: str, split: str, source: str) -> Items:
    """One document for each client of a split of the open clients. Raises TaskSourceError for another source."""
    if source != OPEN:
        raise TaskSourceError(f"{task}: source {source!r}: the clients are the project's own. Choose: {OPEN} (--metadata).")
    cards = [card for card in load_clients().values() if card.kind == split]
    docs = balanced([document(card) for card in cards])
    dataset = {
        "name": CARD,
        "split": split,
        "revision": None,
        "fingerprint": registry.fingerprint([card.model_dump(mode="json", by_alias=True) for card in cards]),
        "items": len(docs),
        "eligible": len(docs),
    }
    return Items(OPEN, dataset, docs)


def document(card: HybridClient | LedClient) -> Doc:
    """What is known about a session beside its words, which the answer alone holds. The cluster is the client."""
    risk = card.risk if isinstance(card, HybridClient) else card.branches.risk
    return {
        "id": card.id,
        "cluster": card.id,
        "stratum": card.profile.manner,
        "dataset": CARD,
        "content_note": ", ".join(card.content_notes),
        "risk": risk.level != "none",
        "target": "",
        "client": card.id,
        "turns": TURNS,
    }


def messages(doc: Mapping[str, Any], system: Path) -> list[list[Message]]:
    """The one request of a document: the counselor's system text, and the session as the server reads it."""
    order = json.dumps({"session": doc["id"], "client": doc["client"], "turns": doc["turns"]})
    return [[{"role": "system", "content": system.read_text(encoding="utf-8").strip()}, {"role": "user", "content": order}]]
