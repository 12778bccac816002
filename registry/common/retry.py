"""Retries with backoff, built on tenacity: which errors are transient, how many attempts, and how long to wait."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

from tenacity import AsyncRetrying, RetryCallState, Retrying

T = TypeVar("T")

# HTTP statuses of a server under load or behind a proxy that lost it for a moment: patience helps.
BUSY_STATUSES: Final = frozenset({425, 429, 502, 503, 504, 520, 521, 522, 523, 524, 529})
# HTTP statuses of transient errors, where a retry can help.
TRANSIENT_STATUSES: Final = BUSY_STATUSES | {408, 409, 500}
LONGEST_DATE_S: Final = 3600.0  # a date farther off is a wrong clock

Passing = Callable[[BaseException, int], float | None]
"""Takes an error and the number of the failed attempt (from 1). Returns None if a retry cannot help, else the seconds that the
server asked the client to wait, 0 if it did not ask."""


@dataclass(frozen=True)
class Policy:
    """How often to retry and how long to wait, in seconds.

    attempts: the total number; None: no limit. backoff_s: the wait before the second attempt, doubled before each later one.
    longest_s: no wait is longer, even if a server asks for more. spread: add jitter, which shortens a wait to between half and
    all of it, so that many callers do not retry at the same moment.
    """

    attempts: int | None = 3
    backoff_s: float = 0.5
    longest_s: float = 60.0
    spread: bool = False

    def wait_s(self, attempt: int, requested_s: float = 0.0) -> float:
        """Seconds to wait after that attempt (from 1) failed: what the server asked for counts, at most `longest_s`."""
        most = min(max(requested_s, self.backoff_s * 2 ** min(attempt - 1, 30)), self.longest_s)
        return random.uniform(most / 2, most) if self.spread else most  # noqa: S311 - no secret


CHAT: Final = Policy(attempts=8)
"""For the server of a candidate or a judge: a minute of patience under load, and up to a minute a time if it asks for that."""
SERVER: Final = Policy(attempts=None, backoff_s=2.0, spread=True)
"""For a worker that calls this project's server: it retries without limit."""


def retry_after_s(header: str | None) -> float:
    """Seconds in a Retry-After header, or until its date within an hour; 0 if there is none or it holds anything else."""
    text = (header or "").strip()[:64]
    if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        seconds = parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return seconds if 0 < seconds <= LONGEST_DATE_S else 0.0


def call(
    policy: Policy,
    operation: Callable[[], T],
    passing: Passing,
    *,
    on_error: Callable[[BaseException], object] = lambda _: None,
    ended: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], object] = time.sleep,
) -> T:
    """Call `operation`, with retries after transient errors, and return its result. Raises the error of the last attempt.

    passing: tells which errors are transient. on_error: called with each transient error, before the wait or the end.
    ended: called after each transient error; True stops the retries. sleep: called with the seconds to wait.
    """
    options = _options(policy, passing, on_error, ended)
    result: T = Retrying(sleep=sleep, **options)(operation)  # type: ignore[arg-type]
    return result


async def acall(
    policy: Policy,
    operation: Callable[[], Awaitable[T]],
    passing: Passing,
    *,
    on_error: Callable[[BaseException], object] = lambda _: None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """`call` for a coroutine."""

    async def attempt() -> T:  # tenacity awaits the result of a coroutine function, but not that of a lambda
        return await operation()

    result: T = await AsyncRetrying(sleep=sleep, **_options(policy, passing, on_error, lambda: False))(attempt)
    return result


def _options(
    policy: Policy, passing: Passing, on_passing_error: Callable[[BaseException], object], ended: Callable[[], bool]
) -> dict[str, Any]:
    def may_pass(state: RetryCallState) -> bool:
        error = _error(state)
        if error is None or passing(error, state.attempt_number) is None:
            return False
        on_passing_error(error)
        return True

    def wait(state: RetryCallState) -> float:
        error = _error(state)
        requested_s = passing(error, state.attempt_number) if error else None
        return policy.wait_s(state.attempt_number, requested_s or 0.0)

    def stop(state: RetryCallState) -> bool:
        return (policy.attempts is not None and state.attempt_number >= policy.attempts) or ended()

    return {"retry": may_pass, "wait": wait, "stop": stop, "reraise": True}


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None
