"""Models of the Hub as a form asks for them, letter by letter: remembered for a while, a few at once, so many an address."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, Final

from counsel_leaderboard.leaderboard.submissions.hub import HubError, HubModel, HubUnavailableError

SECONDS: Final = 120.0
MOST_KEPT: Final = 500
AT_ONCE: Final = 4
A_MINUTE: Final = 40
BUSY: Final = "{name}: many models are being looked up now. Go on; it is checked when you submit."


class Lookups:
    """`inspect` with a memory. Safe from many threads; `clock` gives seconds."""

    def __init__(self, inspect: Callable[..., HubModel], clock: Callable[[], float] = time.monotonic) -> None:
        self._inspect, self._clock = inspect, clock
        self._known: OrderedDict[tuple[Any, ...], tuple[float, HubModel | HubError]] = OrderedDict()
        self._asked: dict[str | None, deque[float]] = {}
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(AT_ONCE)

    def of(self, address: str | None) -> Callable[..., HubModel]:
        """What stands in for `inspect` for a caller at that address. Raises as it does, and HubUnavailableError when busy."""

        def look_up(name: str, revision: str = "main", **options: Any) -> HubModel:
            key = (name, revision, options.get("chat"))
            found = self._remembered(key)
            if found is None:
                found = self._ask(address, key, name, revision, options)
            if isinstance(found, HubError):
                raise found
            return found

        return look_up

    def _remembered(self, key: tuple[Any, ...]) -> HubModel | HubError | None:
        with self._lock:
            at, found = self._known.get(key, (0.0, None))
            return found if found is not None and self._clock() - at < SECONDS else None

    def _ask(self, address: str | None, key: tuple[Any, ...], name: str, revision: str, options: Any) -> HubModel | HubError:
        if not self._may(address) or not self._slots.acquire(blocking=False):
            raise HubUnavailableError(BUSY.format(name=name))
        try:
            found: HubModel | HubError = self._inspect(name, revision, **options)
        except HubError as error:
            found = error
        finally:
            self._slots.release()
        with self._lock:
            self._known[key] = (self._clock(), found)
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        return found

    def _may(self, address: str | None) -> bool:
        """Whether that address has look-ups left in this minute; the look-up counts."""
        now = self._clock()
        with self._lock:
            for other in [other for other, times in self._asked.items() if now - times[-1] > 60]:
                del self._asked[other]
            times = self._asked.setdefault(address, deque(maxlen=A_MINUTE))
            if len(times) == A_MINUTE and now - times[0] < 60:
                return False
            times.append(now)
            return True
