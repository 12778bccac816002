"""The bodies of requests and responses; an unknown field is an error."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from counsel_leaderboard.leaderboard.specs.evaluation_spec import EvaluationSpec, WorkerEngine
from counsel_leaderboard.leaderboard.specs.text import Text
from counsel_leaderboard.leaderboard.submissions.queue import Capacity, FailureReason, RequestProgress, State
from counsel_leaderboard.leaderboard.submissions.queue.queued_request import LOG_CHARACTERS, Count
from counsel_leaderboard.leaderboard.submissions.shown import RequestView
from counsel_leaderboard.leaderboard.submissions.submission import ReportedModel, Submission
from counsel_leaderboard.registry.common.closed import StrictlyClosed

SpecId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Lease = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
MAX_HELD = 16
WorkerName = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]


class SubmissionBody(Submission):
    """A model to be evaluated. `tasks` left out: every task that this host can score."""


class ReportQuery(ReportedModel):
    """What a self-reported run is: the model of the Hub that was run, and who says so."""


class ClaimBody(StrictlyClosed):
    """The requests that a worker can run."""

    worker: WorkerName
    engines: Annotated[list[WorkerEngine], Field(min_length=1, max_length=3)]
    parameters: Count | None = None
    judge: Text | None = None
    lease: Annotated[
        Lease | None, Field(description="Random digits that become the lease, so that a lost answer costs nothing.")
    ] = None
    held: Annotated[
        list[Lease], Field(max_length=MAX_HELD, description="Leases that the worker held when it last stopped.")
    ] = []  # noqa: RUF012 - pydantic copies it

    @property
    def capacity(self) -> Capacity:
        """As the queue takes it."""
        return Capacity(tuple(self.engines), self.parameters, self.judge)


class HeartbeatBody(StrictlyClosed):
    """The worker is still running the request."""

    lease: Lease
    progress: RequestProgress = RequestProgress()


class FailBody(StrictlyClosed):
    """An attempt that ended without a run; `detail` is the message with the last log lines."""

    lease: Lease
    reason: FailureReason
    detail: Annotated[str, Field(max_length=LOG_CHARACTERS)] = ""


class ReleaseBody(StrictlyClosed):
    """A worker that stops on purpose gives its request back."""

    lease: Lease


class ErrorBody(StrictlyClosed):
    """What was wrong: the field, the rule, and what to do."""

    field: str
    rule: str
    message: str


class SubmittedView(StrictlyClosed):
    """`new` is False where the request already existed; `cancel_key` is shown once, to the first submitter only."""

    request: RequestView
    new: bool
    cancel_key: str | None


class QueueView(StrictlyClosed):
    """A page of the queue, and how many requests there are in each state."""

    requests: list[RequestView]
    counts: dict[State, int]


class WorkView(StrictlyClosed):
    """A claimed request with its exact spec; the lease is the worker's secret for it."""

    request: RequestView
    spec: EvaluationSpec
    lease: Lease
    lease_seconds: float
    judge_revision: str | None


class LeaseView(StrictlyClosed):
    """Until when the lease holds."""

    until: datetime


class StoredView(StrictlyClosed):
    """A stored run; `new` is False where it was already stored."""

    run_id: str
    new: bool
    model: str
    tasks: list[str]
    n_samples: int
    self_reported: bool


class ReproductionView(StrictlyClosed):
    """A self-reported value and the value of a worker's run of the same spec; nulls where no worker ran it."""

    task: str
    metric: str
    reported: float | None
    reproduced_by: str | None
    reproduced: float | None
    difference: float | None
    tolerance: float | None
    verdict: Literal["not reproduced", "reproduced", "differs"]


class ReportView(StrictlyClosed):
    """A self-reported run; `reproduction` has a row a task once it is stored."""

    run_id: str
    state: Literal["pending", "stored", "refused"]
    model: str
    revision: str
    submitter: str
    received_at: datetime
    tasks: list[str]
    n_samples: int
    other_name: str | None = None
    new: bool = False
    reproduction: list[ReproductionView] = []  # noqa: RUF012 - pydantic copies it


class SamplesView(StrictlyClosed):
    """A page of samples as anyone may see them; `total` of them match."""

    total: int
    samples: list[dict[str, Any]]
