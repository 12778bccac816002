"""Looks up models on the Hub while a name is typed: cached for a while, few at once, and a limited number per address."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, Final

from counsel_leaderboard.leaderboard.submissions.hub import HubError, HubModel, HubUnavailableError

CACHE_SECONDS: Final = 120.0
MAX_CACHED: Final = 500
MAX_CONCURRENT: Final = 4
MAX_PER_MINUTE: Final = 40
BUSY: Final = "{name}: many models are being looked up right now. You can go on: it is checked when you submit."


class HubLookup:
    """A cache around `inspect`. Safe to use from many threads; `clock` gives seconds."""

    def __init__(self, inspect: Callable[..., HubModel], clock: Callable[[], float] = time.monotonic) -> None:
        self._inspect, self._clock = inspect, clock
        self._cache: OrderedDict[tuple[Any, ...], tuple[float, HubModel | HubError]] = OrderedDict()
        self._lookup_times: dict[str | None, deque[float]] = {}
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(MAX_CONCURRENT)

    def of(self, address: str | None) -> Callable[..., HubModel]:
        """A replacement for `inspect` for callers at that address. Raises the same errors; HubUnavailableError when busy."""

        def look_up(name: str, revision: str = "main", **options: Any) -> HubModel:
            key = (name, revision, options.get("chat"))
            answer = self._cached(key)
            if answer is None:
                answer = self._ask_hub(address, key, name, revision, options)
            if isinstance(answer, HubError):
                raise answer
            return answer

        return look_up

    def _cached(self, key: tuple[Any, ...]) -> HubModel | HubError | None:
        with self._lock:
            at, answer = self._cache.get(key, (0.0, None))
            return answer if answer is not None and self._clock() - at < CACHE_SECONDS else None

    def _ask_hub(
        self, address: str | None, key: tuple[Any, ...], name: str, revision: str, options: Any
    ) -> HubModel | HubError:
        if not self._within_limit(address) or not self._slots.acquire(blocking=False):
            raise HubUnavailableError(BUSY.format(name=name))
        try:
            answer: HubModel | HubError = self._inspect(name, revision, **options)
        except HubError as error:
            answer = error
        finally:
            self._slots.release()
        with self._lock:
            self._cache[key] = (self._clock(), answer)
            while len(self._cache) > MAX_CACHED:
                self._cache.popitem(last=False)
        return answer

    def _within_limit(self, address: str | None) -> bool:
        """Whether that address may look up another model in this minute; if so, the look-up is counted."""
        now = self._clock()
        with self._lock:
            for other in [other for other, times in self._lookup_times.items() if now - times[-1] > 60]:
                del self._lookup_times[other]
            times = self._lookup_times.setdefault(address, deque(maxlen=MAX_PER_MINUTE))
            if len(times) == MAX_PER_MINUTE and now - times[0] < 60:
                return False
            times.append(now)
            return True
