"""How often a caller asks again and how long it waits, without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from counsel_leaderboard.registry.common import retry
from counsel_leaderboard.registry.common.retry import Policy


class BusyError(Exception):
    """`wait`: what the server asked for; None: it will not pass."""

    def __init__(self, wait: float | None = 0.0) -> None:
        super().__init__("busy")
        self.wait = wait


def passing(error: BaseException, _attempt: int) -> float | None:
    return error.wait if isinstance(error, BusyError) else None


class Script:
    """Raises the errors in order, then answers."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors: Iterator[BaseException] = iter(errors)
        self.calls = 0
        self.waits: list[float] = []

    def __call__(self) -> str:
        self.calls += 1
        for error in self.errors:
            raise error
        return "answer"

    async def later(self) -> str:
        return self()

    async def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


def sync(script: Script, policy: Policy, **more: Callable[..., object]) -> str:
    return retry.call(policy, script, passing, sleep=script.waits.append, **more)


def coroutine(script: Script, policy: Policy) -> str:
    return asyncio.run(retry.acall(policy, script.later, passing, sleep=script.wait))


both = pytest.mark.parametrize("ask", [sync, coroutine])


@both
def test_waits_double_and_the_answer_comes_back(ask: Callable[[Script, Policy], str]) -> None:
    script = Script(*[BusyError() for _ in range(4)])
    assert ask(script, Policy(attempts=5, backoff_s=0.5, longest_s=3.0)) == "answer"
    assert script.waits == [0.5, 1.0, 2.0, 3.0]


@both
@pytest.mark.parametrize(("calls", "waited"), [(0.0, 0.5), (7.0, 7.0), (3600.0, 60.0)])
def test_a_server_is_given_the_time_it_asks_for_up_to_a_limit(
    ask: Callable[[Script, Policy], str], calls: float, waited: float
) -> None:
    script = Script(BusyError(calls))
    assert ask(script, retry.CHAT) == "answer"
    assert script.waits == [waited]


@both
def test_the_last_error_is_raised_once_the_attempts_are_used_up(ask: Callable[[Script, Policy], str]) -> None:
    script = Script(*[BusyError() for _ in range(9)])
    with pytest.raises(BusyError):
        ask(script, retry.CHAT)
    assert (script.calls, len(script.waits)) == (8, 7)
    assert sum(script.waits) >= 60  # a limit by the minute has passed by then


@both
@pytest.mark.parametrize("error", [BusyError(None), ValueError("ours"), KeyboardInterrupt()])
def test_what_cannot_pass_is_raised_at_once(ask: Callable[[Script, Policy], str], error: BaseException) -> None:
    script = Script(error)
    with pytest.raises(type(error)):
        ask(script, retry.CHAT)
    assert (script.calls, script.waits) == (1, [])


def test_a_caller_without_end_stops_when_told_and_hears_of_each_error() -> None:
    script, failures = Script(*[BusyError() for _ in range(100)]), list[BaseException]()
    with pytest.raises(BusyError):
        sync(script, retry.SERVER, on_error=failures.append, ended=lambda: len(failures) == 20)
    assert (len(failures), len(script.waits)) == (20, 19)
    assert all(most / 2 <= waited <= most for waited, most in zip(script.waits, [2, 4, 8, 16, 32, *[60] * 14], strict=True))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 0), ("", 0), (" 12 ", 12), ("-1", 0), ("1.5", 1.5), ("1.5.5", 0), ("²", 0), ("Wed, 21 Oct 2099", 0)],
)
def test_a_count_of_seconds_is_waited_for_and_no_date_far_off(header: str | None, seconds: float) -> None:
    assert retry.retry_after_s(header) == seconds


def test_a_date_within_the_hour_is_waited_for() -> None:
    near, far = (format_datetime(datetime.now(UTC) + timedelta(seconds=more), usegmt=True) for more in (600, 7200))
    assert 500 < retry.retry_after_s(near) <= 600
    assert retry.retry_after_s(far) == 0
