"""A clock that a test moves, and requests to put into a queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from counsel_leaderboard.leaderboard.specs.evaluation_spec import EvaluationSpec
from counsel_leaderboard.leaderboard.submissions.queue import Capacity, Queue, QueuedRequest, SubmissionDetails


class Clock:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


CPU = Capacity(("control",))


ABOUT = SubmissionDetails(submitter="ada")


def spec(name: str = "control/echo", **changes: object) -> EvaluationSpec:
    return EvaluationSpec.model_validate({"model": name, "engine": "control", "tasks": {"counsel_stigma": "1.0"}, **changes})


def submit(queue: Queue, name: str = "control/echo", *, admitted: bool = True, **about: object) -> QueuedRequest:
    return queue.submit(spec(name), ABOUT.model_copy(update=about), admitted=admitted)[0]


def claim(queue: Queue, worker: str = "w1", capacity: Capacity = CPU) -> QueuedRequest:
    request = queue.claim(worker, capacity)
    assert request is not None
    assert request.lease is not None
    return request


def lease(request: QueuedRequest) -> tuple[str, str]:
    assert request.lease is not None
    return request.spec_id, request.lease
