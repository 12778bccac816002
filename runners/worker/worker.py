"""The worker's loop: upload finished runs, claim a request, run it, pack and upload it; one request at a time."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from counsel_leaderboard.leaderboard.specs.evaluation_spec import WorkerEngine
from counsel_leaderboard.leaderboard.submissions.queue import Capacity
from counsel_leaderboard.registry.common.credentials import configured_secrets
from counsel_leaderboard.runners.judging.judge_run import JudgeSource
from counsel_leaderboard.runners.worker.client import Server, ServerRefusedError, ServerUnavailableError
from counsel_leaderboard.runners.worker.heartbeat import Heartbeat, LeaseEndedError, heartbeats
from counsel_leaderboard.runners.worker.packaging import STEPS, RejectedError, Steps, evaluate, packed
from counsel_leaderboard.runners.worker.planning import evaluation_of
from counsel_leaderboard.runners.worker.release import Log, release, report_failure
from counsel_leaderboard.runners.worker.server_retries import ServerRetries
from counsel_leaderboard.runners.worker.waiting_notice import WaitingNotice
from counsel_leaderboard.runners.worker.work_dir import Finished, WorkDir

MAX_HELD = 16  # as many as the server takes
LIVE_SECONDS = 10.0  # the longest time between two heartbeats, since the queue shows the progress


class StopRequested(BaseException):
    """The worker was told to stop while it ran a request."""


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker offers, and its waiting times. `heartbeats_per_lease`: the fewest heartbeats in one lease."""

    engines: tuple[WorkerEngine, ...]
    parameters: int | None = None
    judge: JudgeSource | None = None
    poll_seconds: float = 5.0
    max_wait_seconds: float = 60.0
    heartbeats_per_lease: int = 4
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class Worker:
    """One worker. `run` continues until `stop`, which any thread or signal handler may call."""

    def __init__(self, server: Server, work_dir: WorkDir, settings: WorkerSettings, log: Log, steps: Steps = STEPS) -> None:
        self.server, self.work_dir, self.settings, self.log, self.steps = server, work_dir, settings, log, steps
        self._stopping = threading.Event()
        self._interruptible = False
        self.retries = ServerRetries(settings.max_wait_seconds, self._stopping)
        self._secrets = configured_secrets(settings.environment)
        judge = settings.judge.model if settings.judge else None
        self._notice = WaitingNotice(server, Capacity(settings.engines, settings.parameters, judge))

    def stop(self, *_: object) -> None:
        """Stop claiming. A request that is being answered returns to the queue; an upload is finished."""
        self._stopping.set()
        if self._interruptible:
            self._interruptible = False
            raise StopRequested

    def run(self, *, once: bool = False) -> None:
        """Work until stopped, or, with `once`, until no request waits. Waits for a server that is unavailable."""
        while not self._stopping.is_set():
            with suppress(ServerUnavailableError):  # stopped while the server was unavailable
                if self.retries.call(self.step, self.log):
                    continue
                if once:
                    return
                self._stopping.wait(self.settings.poll_seconds)

    def step(self) -> bool:
        """Upload finished runs, then run one request; False if no request waits. Raises ServerUnavailableError."""
        self.upload_finished()
        judge, held, lease = self.settings.judge, self.work_dir.held(), secrets.token_hex(16)
        # On disk before the server has it: whatever happens to the answer or to this worker, the next claim gives it back.
        self.work_dir.hold([*held, lease][-MAX_HELD:])
        work = self.server.claim(
            {
                "worker": self.work_dir.name, "engines": list(self.settings.engines), "parameters": self.settings.parameters,
                "judge": judge.model if judge else None, "lease": lease, "held": held,
            }
        )  # fmt: skip
        self.work_dir.hold([] if work is None else [str(work["lease"])])
        if work is None:
            if notice := self._notice.text():
                self.log(notice)
            return False
        self._handle(work)
        return True

    def upload_finished(self) -> None:
        """Upload the finished runs of an earlier start. Raises ServerUnavailableError."""
        for run in self.work_dir.finished():
            try:
                self._upload(run)
            except OSError as error:
                self.log(f"{run.spec_id}: the run stays here, since it cannot be read ({type(error).__name__})")

    def _handle(self, work: dict[str, Any]) -> None:
        spec_id, lease = str(work["request"]["spec_id"]), str(work["lease"])
        self.log(f"{spec_id}: {work['request']['model']}, attempt {work['request']['attempts']}")
        finished = next((run for run in self.work_dir.finished() if run.spec_id == spec_id), None)
        between = min(float(work["lease_seconds"]) / self.settings.heartbeats_per_lease, LIVE_SECONDS)
        with heartbeats(self.server, spec_id, lease, between) as heartbeat:
            try:
                run = finished.with_lease(lease) if finished else self._run_request(work, heartbeat)
            except LeaseEndedError as error:
                self.log(f"{spec_id}: {error}")
                return
            except StopRequested:
                release(self.server, spec_id, lease, self.log)
                return
            except Exception as error:  # noqa: BLE001 - whatever a request does, the next one has to be run
                self._report_failure(spec_id, lease, error, quotes=self.steps.may_quote(work))
                return
            heartbeat.stage("uploading")
            self._upload_with_retries(run)

    def _run_request(self, work: dict[str, Any], heartbeat: Heartbeat) -> Finished:
        spec_id = str(work["request"]["spec_id"])
        evaluation = evaluation_of(work, self.work_dir.folder, self.settings.judge, self.steps.engine_of)
        self._interruptible = True
        try:
            if self._stopping.is_set():
                raise StopRequested
            evaluate(evaluation, heartbeat, self.steps)
        finally:
            self._interruptible = False
        packed(evaluation.folder, self.work_dir.staging(spec_id), self._secrets)
        return self.work_dir.finish(spec_id, str(work["lease"]))

    def _upload_with_retries(self, run: Finished) -> None:
        """Retry the upload until the server answers; after a stop, the next start uploads the run."""
        try:
            self.retries.call(
                lambda: self._upload(run),
                lambda problem: self.log(f"{run.spec_id}: the run stays here until the server is available ({problem})"),
            )
        except ServerUnavailableError:
            return  # each attempt has been logged
        except OSError as error:
            self._report_failure(run.spec_id, run.lease, error, quotes=False)

    def _upload(self, run: Finished) -> None:
        """Upload a run once. Raises ServerUnavailableError."""
        try:
            run_id = self.server.upload(run.spec_id, run.lease, run.archive)
        except ServerRefusedError as refused:
            self._handle_refusal(run, refused)
            return
        self.log(f"{run.spec_id}: stored as run {run_id}")
        self._discard(run)

    def _handle_refusal(self, run: Finished, refused: ServerRefusedError) -> None:
        """Reject the run if the run is at fault; leave it in place if this worker may get the request again."""
        if refused.status in (401, 403):
            raise ServerUnavailableError(f"{refused} Set COUNSEL_WORKER_TOKEN to the server's.") from refused
        if not refused.lease_lost:
            self.log(f"{run.spec_id}: refused ({refused}); the run is in {self.work_dir.reject(run)}")
            self.work_dir.discard_answers(run.spec_id)
            self._report_failure(run.spec_id, run.lease, RejectedError(str(refused)), quotes=False)
        elif self._state(run.spec_id) in ("done", "cancelled", None):
            self._discard(run)

    def _discard(self, run: Finished) -> None:
        """Delete a run that the server has or no longer needs, and the answers from which it was built."""
        run.delete()
        self.work_dir.discard_answers(run.spec_id)

    def _state(self, spec_id: str) -> str | None:
        """The request's state, None if the server does not know it. Raises ServerUnavailableError."""
        try:
            return str(self.server.read(spec_id)["state"])
        except ServerRefusedError:
            return None

    def _report_failure(self, spec_id: str, lease: str, error: Exception, *, quotes: bool) -> None:
        report_failure(self.server, self.retries, spec_id, lease, error, self.log, secrets=self._secrets, quotes=quotes)
