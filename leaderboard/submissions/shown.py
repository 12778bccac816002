"""What is shown of a request, on its page and by the API: never the lease, the address or the cancel key."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from counsel_leaderboard.leaderboard.specs.evaluation_spec import Dtype, WorkerEngine
from counsel_leaderboard.leaderboard.submissions.queue import FailureReason, RequestProgress, State
from counsel_leaderboard.leaderboard.submissions.queue.position import QueueStatus
from counsel_leaderboard.leaderboard.submissions.queue.queued_request import QueuedRequest
from counsel_leaderboard.registry.common.closed import StrictlyClosed


class FailureView(StrictlyClosed):
    """One attempt that ended without a run; `detail` is for the host alone."""

    attempt: int
    reason: FailureReason
    at: datetime
    worker: str | None = None
    detail: str | None = None


class RequestView(StrictlyClosed):
    """A request as anyone may see it; `id` is its `spec_id` under its first name."""

    spec_id: str
    id: str
    model: str
    revision: str | None
    engine: WorkerEngine
    dtype: Dtype
    chat: Literal["template", "plain"]
    source: Literal["open", "upstream"]
    tasks: dict[str, str]
    limit: int | None
    judge: str | None
    parameters: int | None
    licence: str | None
    submitter: str
    conflict: str | None
    priority: int
    state: State
    attempts: int
    reason: FailureReason | None
    run_id: str | None
    failures: list[FailureView]
    submitted_at: datetime
    changed_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    progress: RequestProgress | None = None
    ahead: int | None = None
    run_seconds: float | None = None
    wait_seconds: float | None = None


def view(status: QueueStatus, *, for_host: bool = False) -> RequestView:
    """What is shown of a request: never the lease, the address or the cancel key; workers and logs to the host alone."""
    request = status.request
    return of_request(request, for_host=for_host).model_copy(
        update={
            "progress": status.progress,
            "ahead": status.ahead,
            "run_seconds": status.run_seconds,
            "wait_seconds": status.wait_seconds,
        }
    )


def of_request(request: QueuedRequest, *, for_host: bool = False) -> RequestView:
    """What is shown of a request by itself, without its position and estimates."""
    spec, details = request.spec, request.details
    hidden = set() if for_host else {"worker", "detail"}
    return RequestView(
        spec_id=request.spec_id,
        id=request.spec_id,
        **spec.model_dump(exclude={"schema_", "judge_revision"}),
        **details.model_dump(include={"parameters", "licence", "submitter", "conflict", "priority"}),
        **request.model_dump(
            include={"state", "attempts", "reason", "run_id", "submitted_at", "changed_at", "started_at", "finished_at"}
        ),
        failures=[FailureView(**failure.model_dump(exclude=hidden)) for failure in request.failures],
    )
