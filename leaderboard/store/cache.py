"""A cache of values computed from a store, valid until the store changes: many readers, one computation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from counsel_leaderboard.leaderboard.store.database import Store

Value = TypeVar("Value")


class StoreCache(Generic[Value]):
    """One cached value for each store and key. Thread-safe.

    While a value is recomputed, other readers get the previous value if it still fits, or else wait: a board of a thousand
    models takes a second to compare, and its readers need not all wait for the newest run.
    """

    def __init__(self) -> None:
        self._values: WeakKeyDictionary[Store, dict[Hashable, _Entry[Value]]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def get(self, store: Store, key: Hashable, compute: Callable[[], Value], fits: Callable[[Value], bool]) -> Value:
        """The cached value of `key` if the store has not changed since and it still `fits`, else the result of `compute`."""
        with self._lock:
            entry = self._values.setdefault(store, {}).setdefault(key, _Entry())
        if not entry.computing.acquire(blocking=False):
            last = entry.last
            if last is not None and fits(last[1]):
                return last[1]
            entry.computing.acquire()
        try:
            return entry.current(store, compute, fits)
        finally:
            entry.computing.release()


class _Entry(Generic[Value]):
    """The last value with the generation that it was read at."""

    def __init__(self) -> None:
        self.computing = threading.Lock()
        self.last: tuple[int, Value] | None = None

    def current(self, store: Store, compute: Callable[[], Value], fits: Callable[[Value], bool]) -> Value:
        # Read before computing: a change in between makes the value newer than its number, never older.
        generation = store.generation
        if self.last is None or self.last[0] != generation or not fits(self.last[1]):
            self.last = (generation, compute())
        return self.last[1]
