"""One request of the queue as a value: its spec, its submitter, and its state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, ConfigDict, Field, Strict, field_validator

from counsel_leaderboard.leaderboard.specs.evaluation_spec import EvaluationSpec, WorkerEngine
from counsel_leaderboard.leaderboard.specs.text import Text
from counsel_leaderboard.registry.common.closed import Closed, Whole
from counsel_leaderboard.registry.common.hashing import canonical, short_hash

State = Literal["pending", "queued", "running", "done", "failed", "cancelled"]
FailureReason = Literal[
    "engine_start",
    "engine_died",
    "out_of_memory",
    "harness_failed",
    "judge_unreachable",
    "data_unavailable",
    "model_unknown",
    "upload_rejected",
    "lease_lost",
    "cancelled",
    "withdrawn",
]
"""`cancelled`: by the host, for everybody. `withdrawn`: by whoever submitted it, which keeps nobody else from submitting it."""

# Another attempt would end the same way: the fault lies in the request or in its result.
FINAL_REASONS: frozenset[FailureReason] = frozenset({"model_unknown", "upload_rejected", "cancelled", "withdrawn"})
ACTIVE: tuple[State, ...] = ("pending", "queued", "running")
LOG_CHARACTERS = 4000


def utc(moment: datetime) -> datetime:
    """`moment` in UTC. Raises ValueError without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("must say its time zone")
    return moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(utc)]
Count = Annotated[int, Field(ge=0, lt=2**62)]


class SubmissionDetails(Closed):
    """What is known of a submission and changes no answer. `address` and `cancel_hash` are hashes of the address and the key.

    `submitter` is a name as it was given; `account` the Hugging Face account that had signed in, None where nobody had.
    `conflict`: the submitter's interest in this model or in one beside it, in their own words; None where none is declared.
    """

    submitter: Text
    account: Text | None = None
    conflict: Text | None = None
    parameters: Count | None = None
    size_bytes: Count | None = None
    licence: Text | None = None
    family: Text | None = None
    address: Text | None = None
    cancel_hash: Text | None = None
    priority: Annotated[int, Field(ge=0, le=9)] = 0


class Failure(Closed):
    """One attempt that ended without a run; `detail` holds the message and the last log lines."""

    attempt: Count
    worker: Text
    reason: FailureReason
    detail: Annotated[str, Field(max_length=LOG_CHARACTERS)]
    at: Moment


class RequestProgress(Closed):
    """How far a running request is: `done` of `total` steps of `stage`, total None while it is unknown."""

    stage: Literal["preparing", "answering", "sessions", "judging", "uploading"] = "preparing"
    done: Annotated[Count, Strict()] = 0
    total: Annotated[Count, Strict()] | None = None


class QueuedRequest(Closed):
    """A request with its state, as `requests/<id>.json` holds it. `lease` is the secret of the worker that runs it now."""

    model_config = ConfigDict(populate_by_name=True)

    schema_: Annotated[Literal[1], Whole] = Field(alias="schema", default=1)
    # The two names that stored files have.
    spec: EvaluationSpec = Field(alias="asked")
    details: SubmissionDetails = Field(alias="about")
    state: State
    submitted_at: Moment
    changed_at: Moment
    attempts: Count = 0
    worker: Text | None = None
    lease: Text | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None
    reason: FailureReason | None = None
    failures: tuple[Failure, ...] = ()
    run_id: Text | None = None

    @field_validator("spec")
    @classmethod
    def _for_a_worker(cls, spec: EvaluationSpec) -> EvaluationSpec:
        if spec.engine not in get_args(WorkerEngine):
            raise ValueError(f"no worker starts the engine {spec.engine}; `counsel eval --url` asks a server that is up")
        return spec

    @property
    def spec_id(self) -> str:
        """The id of the spec, which is also the request's."""
        return self.spec.spec_id

    def text(self) -> str:
        """The canonical JSON text."""
        return canonical(self.model_dump(mode="json", by_alias=True))


def row(request: QueuedRequest) -> dict[str, Any]:
    """The request as columns of the table `requests`, without those that only a heartbeat writes."""
    spec, details = request.spec, request.details
    return {
        "spec_id": request.spec_id,
        "model": spec.model,
        "engine": spec.engine,
        "judge": spec.judge,
        "parameters": details.parameters,
        "submitter": details.submitter,
        "address": details.address,
        "priority": details.priority,
        "like": short_hash({"tasks": spec.tasks, "limit": spec.limit, "source": spec.source, "judge": spec.judge}),
        "asked": canonical(spec.record()),
        "about": canonical(details.model_dump(mode="json")),
        "state": request.state,
        "attempts": request.attempts,
        "worker": request.worker,
        "lease": request.lease,
        "reason": request.reason,
        "failures": [canonical(failure.model_dump(mode="json")) for failure in request.failures],
        "run_id": request.run_id,
        **{name: naive(getattr(request, name)) for name in MOMENTS},
    }


MOMENTS = ("submitted_at", "changed_at", "started_at", "finished_at")


def naive(moment: datetime | None) -> datetime | None:
    """As DuckDB's TIMESTAMP holds it: UTC without a time zone."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


def request_of(columns: dict[str, Any]) -> QueuedRequest:
    """The request in a row of the table `requests`."""
    return QueuedRequest(
        spec=EvaluationSpec.model_validate_json(columns["asked"]),
        details=SubmissionDetails.model_validate_json(columns["about"]),
        failures=tuple(Failure.model_validate_json(text) for text in columns["failures"]),
        **{name: columns[name] for name in ("state", "attempts", "worker", "lease", "reason", "run_id")},
        **{name: columns[name] and columns[name].replace(tzinfo=UTC) for name in MOMENTS},
    )


def progress_of(columns: dict[str, Any]) -> RequestProgress | None:
    """How far a running request is, None for one that does not run."""
    if columns["state"] != "running" or columns["stage"] is None:
        return None
    return RequestProgress(stage=columns["stage"], done=columns["done"], total=columns["total"])
