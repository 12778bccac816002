"""Turns a submission into a request of the queue: its exact spec, and whether the queue may take it."""

from __future__ import annotations

import hashlib
import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.leaderboard.specs.evaluation_spec import BUILT_IN, EvaluationSpec, WorkerEngine
from counsel_leaderboard.leaderboard.submissions import report_ledger
from counsel_leaderboard.leaderboard.submissions.errors import HostOnlyError, QuotaError, RefusedError
from counsel_leaderboard.leaderboard.submissions.hub import HubModel
from counsel_leaderboard.leaderboard.submissions.queue import Queue, QueuedRequest, SubmissionDetails
from counsel_leaderboard.leaderboard.submissions.queue.position import QueueStatus
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.leaderboard.submissions.submission import ReportedModel, Submission
from counsel_leaderboard.leaderboard.submissions.uploads import refused_uploads
from counsel_leaderboard.registry.common import atomic

CONTROL = "control/"
SALT = "address.salt"
# Submissions are decided one at a time, so that two at once cannot both use the last request of a quota.
ADMISSION_LOCK = threading.Lock()


@dataclass(frozen=True)
class Submitted:
    """The request, whether it is new, and the key that cancels it."""

    request: QueuedRequest
    new: bool
    cancel_key: str | None


@dataclass(frozen=True)
class SubmissionPreview:
    """A preview of a submission: the model as the Hub has it, and the request's position and waiting time in the queue."""

    model: HubModel | None
    status: QueueStatus


class Admission:
    """Decides which submissions the queue takes, for the API and the form alike."""

    def __init__(self, queue: Queue, settings: ServerSettings) -> None:
        self.queue, self.settings = queue, settings

    def preview(self, body: Submission) -> SubmissionPreview:
        """Preview a submission as if somebody other than the host sent it now; nothing is queued.

        Raises RefusedError, HubError, HubUnavailableError.
        """
        spec, model = self._spec(body, self._tasks(body), host=False)
        return SubmissionPreview(model, self.queue.preview(spec, _details(body, model)))

    def submit(self, body: Submission, address: str | None, *, account: str | None = None, host: bool = False) -> Submitted:
        """Queue a submission, or return the same request where it exists. The host has no quota.

        address, account: the caller's network address, and the Hugging Face account that has signed in, if any.

        Raises RefusedError, HubError, HubUnavailableError.
        """
        hashed = self.hashed(address)
        tasks = self._tasks(body)
        if body.priority and not host:
            raise HostOnlyError("priority", "host", "priority: only the host may set one above 0.")
        if not host:
            self.check_quota(account, hashed)
        spec, model = self._spec(body, tasks, host=host)
        key = secrets.token_hex(16)
        details = _details(body, model).model_copy(update={"account": account, "address": hashed, "cancel_hash": _digest(key)})
        with ADMISSION_LOCK:
            if not host:
                self.check_quota(account, hashed)
            request, new = self.queue.submit(spec, details, admitted=host or self.settings.admission == "automatic")
        return Submitted(request, new, key if new else None)

    def may_cancel(self, request: QueuedRequest, key: str | None) -> bool:
        """Whether `key` is the one that the request's first submitter was given."""
        expected = request.details.cancel_hash
        return key is not None and expected is not None and secrets.compare_digest(_digest(key), expected)

    def _tasks(self, body: Submission) -> dict[str, str]:
        known, judge = self.settings.offered_tasks(), self.settings.judge
        names = body.tasks if body.tasks is not None else [info.name for info in known.values() if judge or not info.judged]
        if len(set(names)) != len(names):
            raise RefusedError("tasks", "unique", "tasks: name each task once.")
        for name in names:
            if name not in known:
                raise RefusedError("tasks", "known", f"tasks: there is no task {name}; there are {', '.join(known)}.")
            if known[name].judged and judge is None:
                raise RefusedError("tasks", "judge", f"tasks: {name} needs a judge, and this host has none.")
        return {name: known[name].version for name in names}

    def _spec(self, body: Submission, tasks: dict[str, str], *, host: bool) -> tuple[EvaluationSpec, HubModel | None]:
        engine = _local_engine(body.model)
        if engine and not host:
            raise HostOnlyError("model", "host", f"model: only the host runs {body.model}.")
        model = None if engine else self.inspect(body)
        judged = any(self.settings.offered_tasks()[name].judged for name in tasks)
        spec = EvaluationSpec(
            model=model.name if model else body.model, revision=model.revision if model else None,
            engine=engine or "vllm", dtype=body.dtype, chat=body.chat, source=body.source, tasks=tasks, limit=body.limit,
            judge=self.settings.judge if judged else None, judge_revision=self.settings.judge_revision if judged else None,
        )  # fmt: skip
        return spec, model

    def inspect(self, body: Submission | ReportedModel) -> HubModel:
        """Look the model up on the Hub. Raises HubError, HubUnavailableError."""
        settings = self.settings
        return settings.inspect(body.model, body.revision, chat=body.chat, limits=settings.limits, token=settings.hub_token)

    def check_quota(self, account: str | None, address: str | None) -> None:
        """Raise QuotaError where that account or address (its hash) used up the quota; requests and reports count alike.

        A name that somebody only gives counts for nothing: otherwise anybody could use up another person's quota.
        """
        requests = self.queue.recent(account, address, report_ledger.DAY)
        reports = report_ledger.recent(self.queue.store.home, account, address)
        by_account, by_address = (sum(both) for both in zip(requests, reports, strict=True))
        by_address += refused_uploads.recent(self.queue.store.home, address)
        for field, caller, used, most in (
            ("submitter", account, by_account, self.settings.person_quota),
            ("address", address, by_address, self.settings.address_quota),
        ):
            if caller is not None and used >= most:
                raise QuotaError(
                    field, "quota", f"{field}: {used} requests in 24 hours, and {most} is the limit. Try again later."
                )

    def hashed(self, address: str | None) -> str | None:
        """Hash an address with this host's salt: equal addresses have equal hashes, and none can be recovered."""
        return None if address is None else _digest(_salt(self.queue.store.home) + address)[:32]


def _details(body: Submission, model: HubModel | None) -> SubmissionDetails:
    known = {name: getattr(model, name) for name in ("parameters", "size_bytes", "licence", "family")} if model else {}
    return SubmissionDetails(submitter=body.submitter, conflict=body.conflict, priority=body.priority, **known)


def _local_engine(model: str) -> WorkerEngine | None:
    if model.startswith(CONTROL):
        return "control"
    return "llama_cpp" if model in BUILT_IN else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _salt(home: Path) -> str:
    file = home / SALT
    if not file.exists():
        with suppress(FileExistsError):
            atomic.write(file, secrets.token_hex(32), replace=False, mode=0o600)
    return file.read_text()
