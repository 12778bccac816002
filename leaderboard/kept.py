"""The last value computed from a store, kept until the store changes: many readers, one computation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from leaderboard.store import Store

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """One value a store and key. Safe from many threads; those who ask while it is computed wait for it."""

    def __init__(self) -> None:
        self._values: WeakKeyDictionary[Store, dict[Hashable, tuple[int, Value]]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def get(self, store: Store, key: Hashable, compute: Callable[[], Value], fits: Callable[[Value], bool]) -> Value:
        """The kept value of `key` where the store has not changed since and it still `fits`, else what `compute` gives."""
        with self._lock:
            known = self._values.setdefault(store, {})
            # Read before computing: a change in between makes the value newer than its number, never older.
            generation = store.generation
            if key in known and known[key][0] == generation and fits(known[key][1]):
                return known[key][1]
            value = compute()
            known[key] = (generation, value)
            return value
