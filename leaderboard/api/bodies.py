"""What the API takes and gives; every body is closed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from leaderboard.lm_eval_format import TaskName
from leaderboard.queue import Capacity, Progress, Reason, State
from leaderboard.queue.line import Standing
from leaderboard.queue.ticket import LOG_CHARACTERS, Count, Ticket
from leaderboard.specs.evaluation_spec import Dtype, EvaluationSpec, WorkerEngine
from leaderboard.specs.text import Text

SpecId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
RunId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Lease = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
_HUB_NAME = "[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.-]{0,95}"
HubName = Annotated[str, Field(max_length=200, pattern=f"^{_HUB_NAME}$")]
# A Hub model, a control, or the one model that every worker has.
ModelName = Annotated[
    str, Field(max_length=200, pattern=r"^(smollm2-135m|[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.-]{0,95})$")
]
Revision = Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$")]
# A user name of the Hub, or whatever looks like one.
PersonName = Annotated[str, Field(max_length=96, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
WorkerName = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]


class _Body(BaseModel):
    # Strict: a number is not what `true` or "5" happen to become.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, protected_namespaces=())


class SubmissionBody(_Body):
    """A model to be evaluated. `tasks` left out: every task that this host can score."""

    model: ModelName
    revision: Revision = "main"
    dtype: Dtype = "auto"
    chat: Literal["template", "plain"] = "template"
    source: Literal["open", "upstream"] = "open"
    tasks: Annotated[list[TaskName], Field(min_length=1, max_length=50)] | None = None
    limit: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    submitter: PersonName
    conflict: Annotated[Text | None, Field(description="An interest in this model or a competing one; shown publicly.")] = None
    priority: Annotated[int, Field(ge=0, le=9, description="Above 0 for the host alone.")] = 0


class ReportQuery(_Body):
    """What a self-reported run is: the model of the Hub that was run, and who says so."""

    model: HubName
    revision: Revision
    chat: Literal["template", "plain"] = "template"
    submitter: PersonName


class ClaimBody(_Body):
    """What a worker can hold now."""

    worker: WorkerName
    engines: Annotated[list[WorkerEngine], Field(min_length=1, max_length=3)]
    parameters: Count | None = None
    judge: Text | None = None

    @property
    def capacity(self) -> Capacity:
        """As the queue takes it."""
        return Capacity(tuple(self.engines), self.parameters, self.judge)


class HeartbeatBody(_Body):
    """Still at work."""

    lease: Lease
    progress: Progress = Progress()


class FailBody(_Body):
    """An attempt that ended without a run; `detail` is the message with the last log lines."""

    lease: Lease
    reason: Reason
    detail: Annotated[str, Field(max_length=LOG_CHARACTERS)] = ""


class ReleaseBody(_Body):
    """A worker that stops on purpose gives its request back."""

    lease: Lease


class ErrorBody(_Body):
    """What was wrong: the field, the rule, and what to do."""

    field: str
    rule: str
    message: str


class FailureView(_Body):
    """One attempt that ended without a run; `detail` is for the host alone."""

    attempt: int
    reason: Reason
    at: datetime
    worker: str | None = None
    detail: str | None = None


class RequestView(_Body):
    """A request as anyone may see it; `id` is its `spec_id` under the name that it had first."""

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
    reason: Reason | None
    run_id: str | None
    failures: list[FailureView]
    submitted_at: datetime
    changed_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    progress: Progress | None = None
    ahead: int | None = None
    run_seconds: float | None = None
    wait_seconds: float | None = None


class SubmittedView(_Body):
    """`new` is False for a request that was there; `cancel_key` is shown this once, and to the first submitter alone."""

    request: RequestView
    new: bool
    cancel_key: str | None


class QueueView(_Body):
    """A page of the queue, and how many requests there are in each state."""

    requests: list[RequestView]
    counts: dict[State, int]


class WorkView(_Body):
    """A claimed request with what is asked exactly; the lease is the worker's secret for it."""

    request: RequestView
    spec: EvaluationSpec
    lease: Lease
    lease_seconds: float
    judge_revision: str | None


class LeaseView(_Body):
    """Until when the lease holds."""

    until: datetime


class StoredView(_Body):
    """A run that is stored; `new` is False when it was there."""

    run_id: str
    new: bool
    model: str
    tasks: list[str]
    n_samples: int
    self_reported: bool


class ReproductionView(_Body):
    """A self-reported value beside the one that a worker got for the same thing; nulls where no worker ran it."""

    task: str
    metric: str
    reported: float | None
    reproduced_by: str | None
    reproduced: float | None
    difference: float | None
    tolerance: float | None
    verdict: Literal["not reproduced", "reproduced", "differs"]


class ReportView(_Body):
    """A self-reported run; `reproduction` has a row a task once it is stored."""

    run_id: str
    state: Literal["pending", "stored", "refused"]
    model: str
    revision: str
    submitter: str
    received_at: datetime
    tasks: list[str]
    n_samples: int
    new: bool = False
    reproduction: list[ReproductionView] = []


class SamplesView(_Body):
    """A page of samples as anyone may see them; `total` of them match."""

    total: int
    samples: list[dict[str, Any]]


def view(standing: Standing, *, for_host: bool = False) -> RequestView:
    """What is shown of a request: never the lease, the address or the cancel key; workers and logs to the host alone."""
    ticket = standing.ticket
    return of_ticket(ticket, for_host=for_host).model_copy(
        update={
            "progress": standing.progress,
            "ahead": standing.ahead,
            "run_seconds": standing.run_seconds,
            "wait_seconds": standing.wait_seconds,
        }
    )


def of_ticket(ticket: Ticket, *, for_host: bool = False) -> RequestView:
    """What is shown of a ticket by itself."""
    asked, about = ticket.asked, ticket.about
    hidden = set() if for_host else {"worker", "detail"}
    return RequestView(
        spec_id=ticket.spec_id,
        id=ticket.spec_id,
        **asked.model_dump(exclude={"schema_", "judge_revision"}),
        **about.model_dump(include={"parameters", "licence", "submitter", "conflict", "priority"}),
        **ticket.model_dump(
            include={"state", "attempts", "reason", "run_id", "submitted_at", "changed_at", "started_at", "finished_at"}
        ),
        failures=[FailureView(**failure.model_dump(exclude=hidden)) for failure in ticket.failures],
    )
