"""The worker's loop: upload finished runs, claim a request, run it, pack and upload it; one request at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from counsel_leaderboard.leaderboard.specs.evaluation_spec import WorkerEngine
from counsel_leaderboard.registry.common import retry
from counsel_leaderboard.registry.common.credentials import configured_secrets
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.runners.judging.judge_run import JudgeSource
from counsel_leaderboard.runners.worker.client import Server, ServerGoneError, ServerRefusedError
from counsel_leaderboard.runners.worker.heartbeat import Heartbeat, LeaseEndedError, beating
from counsel_leaderboard.runners.worker.packaging import RejectedError, evaluate, may_quote, packed, reason_and_words
from counsel_leaderboard.runners.worker.planning import evaluation_of
from counsel_leaderboard.runners.worker.work_dir import Finished, Slot

Say = Callable[[str], None]
T = TypeVar("T")
FAIL_ATTEMPTS = 5  # after that the lease expires, which the queue notices by itself


class StopAsked(BaseException):
    """The worker received a stop while it ran a request."""


LIVE_SECONDS = 10.0  # the longest time between two heartbeats, since the queue shows the progress


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker offers, and its waiting times. `beats`: the fewest heartbeats in one lease."""

    engines: tuple[WorkerEngine, ...]
    parameters: int | None = None
    judge: JudgeSource | None = None
    poll_seconds: float = 5.0
    most_seconds: float = 60.0
    beats: int = 4
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class Worker:
    """One worker. `run` continues until `stop`, which any thread or signal handler may call."""

    def __init__(self, server: Server, slot: Slot, settings: WorkerSettings, say: Say) -> None:
        self.server, self.slot, self.settings, self.say = server, slot, settings, say
        self._stopping = threading.Event()
        self._interruptible = False
        self.sleep: Callable[[float], object] = self._stopping.wait
        """Waits that many seconds while the server is unavailable."""
        self._secrets = configured_secrets(settings.environment)

    def stop(self, *_: object) -> None:
        """Stop claiming. A request that is being answered goes back to the queue; an upload is finished."""
        self._stopping.set()
        if self._interruptible:
            self._interruptible = False
            raise StopAsked

    def run(self, *, once: bool = False) -> None:
        """Work until stopped, or, with `once`, until no request waits. Waits for a server that is unavailable."""
        while not self._stopping.is_set():
            with suppress(ServerGoneError):  # stopped while the server was unavailable
                if self._patiently(self.step, self.say):
                    continue
                if once:
                    return
                self._stopping.wait(self.settings.poll_seconds)

    def step(self) -> bool:
        """Upload finished runs, then run one request; False if no request waits. Raises ServerGoneError."""
        self.bring_finished()
        judge = self.settings.judge
        work = self.server.claim(
            {
                "worker": self.slot.name, "engines": list(self.settings.engines), "parameters": self.settings.parameters,
                "judge": judge.model if judge else None,
            }
        )  # fmt: skip
        if work is None:
            return False
        self._handle(work)
        return True

    def bring_finished(self) -> None:
        """Upload the finished runs of an earlier start. Raises ServerGoneError."""
        for run in self.slot.finished():
            self._bring(run)

    def _patiently(self, act: Callable[[], T], say: Say, attempts: int | None = None) -> T:
        """The result of `act`, retried while the server is away. Raises ServerGoneError at a stop or after `attempts`."""
        policy = replace(retry.SERVER, longest_s=self.settings.most_seconds, attempts=attempts)
        return retry.call(
            policy,
            act,
            lambda error, _: 0.0 if isinstance(error, ServerGoneError) else None,
            on_error=lambda gone: say(str(gone)),
            ended=lambda: attempts is None and self._stopping.is_set(),
            sleep=self.sleep,
        )

    def _handle(self, work: dict[str, Any]) -> None:
        spec_id, lease = str(work["request"]["spec_id"]), str(work["lease"])
        self.say(f"{spec_id}: {work['request']['model']}, attempt {work['request']['attempts']}")
        finished = next((run for run in self.slot.finished() if run.spec_id == spec_id), None)
        between = min(float(work["lease_seconds"]) / self.settings.beats, LIVE_SECONDS)
        with beating(self.server, spec_id, lease, between) as heartbeat:
            try:
                run = finished.under(lease) if finished else self._make(work, heartbeat)
            except LeaseEndedError as error:
                self.say(f"{spec_id}: {error}")
                return
            except StopAsked:
                self._give_back(spec_id, lease)
                return
            except (CounselError, OSError) as error:
                self._fail(spec_id, lease, error, quotes=may_quote(work))
                return
            heartbeat.stage("uploading")
            self._deliver(run)

    def _make(self, work: dict[str, Any], heartbeat: Heartbeat) -> Finished:
        spec_id = str(work["request"]["spec_id"])
        evaluation = evaluation_of(work, self.slot.folder, self.settings.judge)
        self._interruptible = True
        try:
            if self._stopping.is_set():
                raise StopAsked
            evaluate(evaluation, heartbeat)
        finally:
            self._interruptible = False
        packed(evaluation.folder, self.slot.staging(spec_id), self._secrets)
        return self.slot.keep(spec_id, str(work["lease"]))

    def _deliver(self, run: Finished) -> None:
        """Retry the upload until the server answers; after a stop, the next start uploads the run."""
        with suppress(ServerGoneError):
            self._patiently(
                lambda: self._bring(run), lambda gone: self.say(f"{run.spec_id}: kept until the server is back ({gone})")
            )

    def _bring(self, run: Finished) -> None:
        """Upload a run once. Raises ServerGoneError."""
        try:
            run_id = self.server.upload(run.spec_id, run.lease, run.archive)
        except ServerRefusedError as refused:
            self._settle(run, refused)
            return
        self.say(f"{run.spec_id}: stored as run {run_id}")
        run.confirmed()
        self.slot.forget(run.spec_id)

    def _settle(self, run: Finished, refused: ServerRefusedError) -> None:
        """Handle a refused run: set it aside if the run is at fault, keep it if this worker may get the request again."""
        if refused.status in (401, 403):
            raise ServerGoneError(f"{refused} Set COUNSEL_WORKER_TOKEN to the server's.") from refused
        if not refused.lease_lost:
            self.say(f"{run.spec_id}: refused ({refused}); kept in {self.slot.set_aside(run)}")
            self.slot.forget(run.spec_id)
            self._fail(run.spec_id, run.lease, RejectedError(str(refused)), quotes=False)
            return
        if self._state(run.spec_id) in ("done", "cancelled", None):
            run.confirmed()
            self.slot.forget(run.spec_id)

    def _state(self, spec_id: str) -> str | None:
        """The request's state, None if the server does not know it. Raises ServerGoneError."""
        try:
            return str(self.server.read(spec_id)["state"])
        except ServerRefusedError:
            return None

    def _give_back(self, spec_id: str, lease: str) -> None:
        try:
            self.server.release(spec_id, lease)
            self.say(f"{spec_id}: given back; the answers so far are kept")
        except (ServerGoneError, ServerRefusedError) as error:
            self.say(f"{spec_id}: could not be given back, its lease will run out ({error})")

    def _fail(self, spec_id: str, lease: str, error: CounselError | OSError, *, quotes: bool) -> None:
        reason, words = reason_and_words(error, self._secrets, quotes=quotes)
        self.say(f"{spec_id}: {reason}: {error}")
        try:
            self._patiently(
                lambda: self.server.fail(spec_id, lease, reason, words),
                lambda gone: self.say(f"{spec_id}: could not be told ({gone})"),
                FAIL_ATTEMPTS,
            )
        except ServerGoneError:
            return  # each attempt has been reported above
        except ServerRefusedError as refused:
            self.say(f"{spec_id}: {refused}")
