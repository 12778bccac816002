from __future__ import annotations

from typing import Any

from counsel_leaderboard.leaderboard.submissions.queue import Capacity
from counsel_leaderboard.runners.worker.client import ServerUnavailableError
from counsel_leaderboard.runners.worker.waiting_notice import SECONDS, WaitingNotice


class Queue:
    """Answers as a server's queue; None: it does not answer."""

    def __init__(self, *requests: dict[str, Any], pending: int = 0) -> None:
        self.page: dict[str, Any] | None = {"requests": list(requests), "counts": {"pending": pending}}
        self.calls = 0

    def call(self, *_: Any, **__: Any) -> Any:
        self.calls += 1
        if self.page is None:
            raise ServerUnavailableError("gone")
        return self.page


def request(engine: str = "vllm", parameters: int | None = None, judge: str | None = None) -> dict[str, Any]:
    return {"engine": engine, "parameters": parameters, "judge": judge}


def notice(queue: Queue, moments: list[float], **capacity: Any) -> WaitingNotice:
    offered = Capacity(**{"engines": ("control",), **capacity})
    return WaitingNotice(queue, offered, lambda: moments[0])  # type: ignore[arg-type]


def test_it_says_once_what_is_lacking_and_what_waits_for_the_host() -> None:
    moments, queue = [0.0], Queue(request(), request(), request("control", judge="org/judge"), request("control"), pending=1)
    waiting = notice(queue, moments)
    text = waiting.text()
    assert text is not None
    assert "2 requests cannot run here, since this worker lacks the engine vllm" in text
    assert "1 request cannot run here, since this worker lacks the judge org/judge" in text
    assert "1 request to be admitted by the host (`counsel admit ID`)" in text
    assert waiting.text() is None
    moments[0] += SECONDS
    assert waiting.text() is None
    assert queue.calls == 2
    queue.page = {"requests": [request()], "counts": {}}
    moments[0] += SECONDS
    assert waiting.text() == "waiting: 1 request cannot run here, since this worker lacks the engine vllm"


def test_a_model_that_is_too_large_differs_from_one_that_fits() -> None:
    queue = Queue(request(parameters=70_000_000_000), request(parameters=1_000))
    text = notice(queue, [0.0], engines=("vllm",), parameters=8_000_000_000).text()
    assert text is not None
    assert text.startswith("waiting: 1 request ")
    assert text.endswith("lacks room for 70,000,000,000 parameters (it takes at most 8,000,000,000)")


def test_it_is_silent_where_nothing_waits_or_the_server_is_gone() -> None:
    queue = Queue()
    assert notice(queue, [0.0]).text() is None
    queue.page = None
    assert notice(queue, [0.0]).text() is None
