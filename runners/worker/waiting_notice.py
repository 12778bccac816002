"""Says why a worker has nothing to do: what it lacks for the requests that wait, and that some wait for the host."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from counsel_leaderboard.leaderboard.submissions.queue import Capacity
from counsel_leaderboard.leaderboard.submissions.queue.lacking import lacks
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.runners.worker.client import Server, ServerRefusedError, ServerUnavailableError

SECONDS: Final = 60.0
MOST: Final = 100


class WaitingNotice:
    """For one worker that offers `capacity`: asks the queue at most every SECONDS, and says each text once in a row."""

    def __init__(self, server: Server, capacity: Capacity, clock: Callable[[], float] = time.monotonic) -> None:
        self.server, self.capacity, self._clock = server, capacity, clock
        self._asked: float | None = None
        self._latest = ""

    def text(self) -> str | None:
        """What is to be said now; None where nothing changed, or where the server does not answer."""
        moment = self._clock()
        if self._asked is not None and moment - self._asked < SECONDS:
            return None
        self._asked = moment
        try:
            page = self.server.call("GET", "/queue", params={"state": "queued", "limit": MOST})
            missing = Counter(filter(None, (self._missing(request) for request in page["requests"])))
            pending = int(page["counts"].get("pending", 0))
        except (ServerRefusedError, ServerUnavailableError, KeyError, TypeError, ValueError):
            return None
        parts = [
            f"{counted(number, 'request')} cannot run here, since this worker lacks {what}" for what, number in missing.items()
        ]
        if pending:
            parts.append(f"{counted(pending, 'request')} to be admitted by the host (`counsel admit ID`)")
        text = f"waiting: {'; '.join(parts)}" if parts else ""
        changed, self._latest = text != self._latest, text
        return text if text and changed else None

    def _missing(self, request: dict[str, object]) -> str | None:
        engine, parameters, judge = request["engine"], request["parameters"], request["judge"]
        return lacks(
            str(engine),
            int(str(parameters)) if parameters is not None else None,
            None if judge is None else str(judge),
            self.capacity,
        )
