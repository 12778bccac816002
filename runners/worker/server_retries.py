"""Retries of a worker's calls while the server is unavailable."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from counsel_leaderboard.registry.common import retry
from counsel_leaderboard.runners.worker.client import ServerUnavailableError

T = TypeVar("T")


@dataclass
class ServerRetries:
    """Repeats a call with growing waits of at most `longest_s` seconds, until the server answers or the worker is stopped.

    sleep: waits that many seconds; by default it returns early once `stopping` is set.
    """

    longest_s: float
    stopping: threading.Event
    sleep: Callable[[float], object] = field(init=False)

    def __post_init__(self) -> None:
        """Wait on the event, so that a stop ends a wait."""
        self.sleep = self.stopping.wait

    def call(self, act: Callable[[], T], on_error: Callable[[str], object], attempts: int | None = None) -> T:
        """The result of `act`; `on_error` receives the message of each failed attempt.

        Without `attempts`, a stop ends the retries; with `attempts`, only their number does. Then raises
        ServerUnavailableError.
        """
        return retry.call(
            replace(retry.SERVER, longest_s=self.longest_s, attempts=attempts),
            act,
            lambda error, _: 0.0 if isinstance(error, ServerUnavailableError) else None,
            on_error=lambda error: on_error(str(error)),
            ended=lambda: attempts is None and self.stopping.is_set(),
            sleep=self.sleep,
        )
