"""Turns an uploaded archive of a worker into a stored run: read by a child process, and checked against its request."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from counsel_leaderboard.leaderboard.specs.evaluation_spec import BUILT_IN, EvaluationSpec
from counsel_leaderboard.leaderboard.specs.run_request import RunRequest
from counsel_leaderboard.leaderboard.store.ingest import IngestReport, ingest_run
from counsel_leaderboard.leaderboard.submissions.errors import RefusedError
from counsel_leaderboard.leaderboard.submissions.queue import LeaseLostError, Queue, QueuedRequest
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.leaderboard.submissions.uploads.intake import unpacked_run

INCOMING = "incoming"
"""The folder in the home that holds uploads while they are processed."""


def receive(queue: Queue, settings: ServerSettings, spec_id: str, lease: str, archive: Path) -> IngestReport:
    """Store the run in `archive` as the answer to that request, once.

    The run's id is recorded with the request before the run is stored, so a crash in between loses neither; until the run is
    stored the request cannot be cancelled, so no run of a cancelled request is ever stored. Raises
    UnknownRequestError, LeaseLostError, ArchiveError, SecretError, ResultsError, RequestError, RefusedError, StorageError.
    """
    run = unpacked_run(archive, settings.upload_bytes, settings.secrets.values(), child=settings.child)
    queued = queue.get(spec_id)
    _check_request(queued, run.request)
    if queued.state == "done" and queued.run_id == run.run_id:
        return ingest_run(run, queue.store.home, store=queue.store)
    if queued.lease != lease:
        raise LeaseLostError(f"{spec_id}: is {queued.state} and no longer under this lease. Leave it, and claim another.")
    queue.storing(spec_id, lease, run.run_id)
    try:
        report = ingest_run(run, queue.store.home, store=queue.store)
    except Exception:
        queue.not_stored(spec_id, lease)
        raise
    queue.finish(spec_id, lease)
    return report


def _check_request(queued: QueuedRequest, request: RunRequest | None) -> None:
    """Refuse a run that is not of the queued request."""
    if request is None:
        raise RefusedError("request.json", "present", "request.json: is missing; a worker's run has one.")
    spec = queued.spec
    if request.spec is not None:
        _check_spec(spec, request.spec)
        _check_served(spec, request)
        return
    # A worker of an older release sends no spec: the fields that it does send must match the request.
    expected: Mapping[str, Any] = {
        "model": BUILT_IN.get(spec.model, spec.model), "role": spec.role, "engine": spec.engine, "source": spec.source,
        "tasks": spec.tasks, "limit": spec.limit,
        "judge": (spec.judge, spec.judge_revision) if spec.judge else None,
    }  # fmt: skip
    actual = {
        "model": request.model.name, "role": request.role, "engine": request.engine.kind, "source": request.source,
        "tasks": request.tasks, "limit": request.limit,
        "judge": (request.judge.model, request.judge.revision) if request.judge else None,
    }  # fmt: skip
    if spec.revision is not None:
        expected, actual = {**expected, "revision": spec.revision}, {**actual, "revision": request.model.revision}
    _refuse_other("request.json", expected, actual)
    _check_served(spec, request)


def _check_spec(requested: EvaluationSpec, spec: EvaluationSpec) -> None:
    """Refuse a run of another spec; reading it has already checked the rest of its request against the spec."""
    _refuse_other("request.json.spec", requested.record(), spec.record())


def _check_served(spec: EvaluationSpec, request: RunRequest) -> None:
    """Refuse a run whose engine served the model in another number format or conversation form than the request asks for.

    An engine that does not record one of them served it as it always does, which is what `auto` and `template` ask for.
    """
    options = request.engine.options
    chat = options.get("chat", "template")
    dtype = spec.dtype if spec.dtype == "auto" else options.get("dtype", "auto")
    _refuse_other("request.json.engine.options", {"dtype": spec.dtype, "chat": spec.chat}, {"dtype": dtype, "chat": chat})


def _refuse_other(location: str, expected: Mapping[str, Any], actual: Mapping[str, Any]) -> None:
    for field, value in expected.items():
        if actual[field] != value:
            raise RefusedError(f"{location}.{field}", "asked",
                f"{location}: {field} is {actual[field]!r}, and {value!r} was asked for. Send the run of this request.",
            )  # fmt: skip
