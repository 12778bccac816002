"""Which workers asked this server for work and what they offer: in memory, from the start of the server on."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from weakref import WeakKeyDictionary

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.queue.queue import Capacity

MOST: Final = 200


@dataclass(frozen=True)
class SeenWorker:
    """A worker by the name that it gave, what it offers, and when it last asked for work, in UTC."""

    name: str
    capacity: Capacity
    at: datetime


class WorkersSeen:
    """The workers of one server, at most MOST of them, those that asked last. Safe to use from many threads."""

    def __init__(self) -> None:
        self._workers: dict[str, SeenWorker] = {}
        self._lock = threading.Lock()

    def note(self, name: str, capacity: Capacity, at: datetime) -> None:
        """Remember that a worker asked for work."""
        with self._lock:
            self._workers.pop(name, None)
            self._workers[name] = SeenWorker(name, capacity, at)
            while len(self._workers) > MOST:
                del self._workers[next(iter(self._workers))]

    def all(self) -> list[SeenWorker]:
        """The workers, the one that asked last first."""
        with self._lock:
            return list(reversed(self._workers.values()))


_SEEN: WeakKeyDictionary[Store, WorkersSeen] = WeakKeyDictionary()
_LOCK = threading.Lock()


def of(store: Store) -> WorkersSeen:
    """The workers of the server that has this store open."""
    with _LOCK:
        return _SEEN.setdefault(store, WorkersSeen())
