"""Asking again: which faults may pass, how often is asked, and how long is waited in between. Built on tenacity."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from tenacity import AsyncRetrying, RetryCallState, Retrying

T = TypeVar("T")

# Asking again can help only where the fault may lie in the moment, not in the request.
PASSING_STATUSES: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})

Passing = Callable[[BaseException, int], float | None]
"""Of an error and the number of the attempt (from 1) that it ended: None where asking again cannot help, else the seconds that
the server asked to wait, 0 where it asked for none."""


@dataclass(frozen=True)
class Policy:
    """How patient a caller is.

    attempts: in all; None: without end. backoff_s: before the second attempt, doubled before each later one. longest_s: no
    wait is longer, whatever a server asks for. spread: wait a random part, half at least, so that many callers do not all
    come back at one moment. Seconds.
    """

    attempts: int | None = 3
    backoff_s: float = 0.5
    longest_s: float = 60.0
    spread: bool = False

    def wait_s(self, attempt: int, requested_s: float = 0.0) -> float:
        """Seconds after that attempt (from 1) failed; at least what the server asked for, up to the longest."""
        most = min(max(requested_s, self.backoff_s * 2 ** min(attempt - 1, 30)), self.longest_s)
        return random.uniform(most / 2, most) if self.spread else most  # noqa: S311 - no secret


ENGINE: Final = Policy()
"""A model's server: a fault of the moment costs two more requests, and a server that asks for a minute gets it."""
JUDGE: Final = Policy(longest_s=10.0)
"""A judge: thousands of questions wait behind each other, so none waits long."""
SERVER: Final = Policy(attempts=None, backoff_s=2.0, spread=True)
"""This project's server, as a worker sees it: waited for as long as it takes."""


def asked_to_wait(header: str | None) -> float:
    """Seconds that a Retry-After header asks for; 0 where there is none, or a date."""
    text = (header or "").strip()
    return float(text) if text.isdecimal() else 0.0


def call(
    policy: Policy,
    ask: Callable[[], T],
    passing: Passing,
    *,
    heard: Callable[[BaseException], object] = lambda _: None,
    ended: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], object] = time.sleep,
) -> T:
    """What `ask` gives, asked again after errors that may pass. The last error is raised once the attempts are used up.

    heard: hears of each error that may pass, before the wait or the end. ended: asked after each of them whether to give up.
    sleep: gets the seconds to wait.
    """
    options = _options(policy, passing, heard, ended)
    result: T = Retrying(sleep=sleep, **options)(ask)  # type: ignore[arg-type]
    return result


async def acall(
    policy: Policy,
    ask: Callable[[], Awaitable[T]],
    passing: Passing,
    *,
    heard: Callable[[BaseException], object] = lambda _: None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """`call` for a coroutine."""

    async def attempt() -> T:  # tenacity awaits what a coroutine function gives, and not what a lambda gives
        return await ask()

    result: T = await AsyncRetrying(sleep=sleep, **_options(policy, passing, heard, lambda: False))(attempt)
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
