"""`counsel worker --ray`: runs as many requests in parallel as the cluster has free GPUs, each as one Ray task.

Every request has its own worker on this machine, with slot, lease and heartbeat like any worker; only the evaluation runs on
another machine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from counsel_leaderboard.runners.engines.vllm.memory import gpus_for
from counsel_leaderboard.runners.errors import RunError
from counsel_leaderboard.runners.ray.cluster import Cluster
from counsel_leaderboard.runners.ray.task import RequestOutcome
from counsel_leaderboard.runners.worker.client import Server, ServerGoneError
from counsel_leaderboard.runners.worker.heartbeat import Heartbeat, LeaseEndedError
from counsel_leaderboard.runners.worker.packaging import ARCHIVE
from counsel_leaderboard.runners.worker.work_dir import MOST_SLOTS, Finished, Slot, taken
from counsel_leaderboard.runners.worker.worker import Say, StopAsked, Worker, WorkerSettings

LOOK_SECONDS = 1.0


class ElsewhereError(RunError):
    """A request failed on a node; reason and message are the node's."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


class RayWorker(Worker):
    """A worker whose requests run in the cluster. `units`: GPUs that its request uses; one until that is known."""

    def __init__(
        self, server: Server, slot: Slot, settings: WorkerSettings, say: Say, cluster: Cluster, gpu_bytes: int
    ) -> None:
        super().__init__(server, slot, settings, say)
        self.cluster, self.gpu_bytes, self.units = cluster, gpu_bytes, 1

    def _make(self, work: dict[str, Any], heartbeat: Heartbeat) -> Finished:
        self.units = units_of(work["request"], self.gpu_bytes)
        task = self.cluster.start(work, self.settings.judge, self.units)
        try:
            outcome = self._await(task, str(work["request"]["spec_id"]), heartbeat)
        except (LeaseEndedError, StopAsked):
            self.cluster.cancel(task)
            raise
        return self._keep(work, outcome)

    def _await(self, task: Any, spec_id: str, heartbeat: Heartbeat) -> RequestOutcome:
        while (outcome := self.cluster.outcome(task, LOOK_SECONDS)) is None:
            if self._stopping.is_set():
                raise StopAsked
            progress = self.cluster.progress(spec_id)
            heartbeat.show(*(progress or ("preparing", 0, None)))
        return outcome

    def _keep(self, work: dict[str, Any], outcome: RequestOutcome) -> Finished:
        if outcome.archive is None:
            raise ElsewhereError(outcome.reason, outcome.words)
        spec_id = str(work["request"]["spec_id"])
        (self.slot.staging(spec_id) / ARCHIVE).write_bytes(outcome.archive)
        return self.slot.keep(spec_id, str(work["lease"]))


def units_of(request: Mapping[str, Any], gpu_bytes: int) -> int:
    """The number of GPUs for a request: from the parameter count for vLLM, one for every other engine."""
    if request["engine"] != "vllm" or request["parameters"] is None:
        return 1
    return gpus_for(int(request["parameters"]), str(request["dtype"]), gpu_bytes)


class Dispatcher:
    """Keeps the cluster's free GPUs busy until `stop`. `hire` creates the worker of a slot."""

    def __init__(self, cluster: Cluster, hire: Callable[[Slot], RayWorker], home: Path, poll_seconds: float, say: Say) -> None:
        self.cluster, self.hire, self.home, self.poll_seconds, self.say = cluster, hire, home, poll_seconds, say
        self._stopping = threading.Event()
        self._hired: list[RayWorker] = []

    def stop(self, *_: object) -> None:
        """Stop claiming; running requests go back to the queue, uploads are finished."""
        self._stopping.set()
        for worker in list(self._hired):
            worker.stop()

    def run(self, *, once: bool = False) -> None:
        """Work until stopped, or, with `once`, until no request waits or runs. Raises the errors that workers do not handle."""
        running: set[Future[bool]] = set()
        waiting = True  # whether a request may wait; assumed until a claim returns none
        with ThreadPoolExecutor(MOST_SLOTS, thread_name_prefix="counsel-ray") as pool:
            try:
                while not self._stopping.is_set():
                    if not running:
                        self._bring_leftovers()
                    if waiting or not once:
                        running |= {pool.submit(self._work) for _ in range(self._room(len(running)))}
                    ended, running = wait(running, timeout=self.poll_seconds, return_when=FIRST_COMPLETED)
                    worked = [self._reaped(future) for future in ended]
                    # Otherwise two workers that find nothing by turns would keep each other going for ever.
                    waiting = any(worked) or (waiting and not ended)
                    if once and not running and not any(worked):
                        return
                    if not any(worked) and (ended or not running):
                        self._stopping.wait(self.poll_seconds)
            finally:
                self.stop()

    def _bring_leftovers(self) -> None:
        """Upload the finished runs that an earlier driver left in its slots; called while nothing runs."""
        slot_numbers = [int(run.parts[-3]) for run in (self.home / "worker").glob("[0-9]*/finished/*")]
        with ExitStack() as slots:
            for _ in range(max(slot_numbers, default=-1) + 1):
                worker = self.hire(slots.enter_context(taken(self.home)))
                slots.callback(worker.server.close)
                try:
                    worker.bring_finished()
                except ServerGoneError as gone:
                    self.say(str(gone))
                    self._stopping.wait(self.poll_seconds)
                    return

    def _room(self, running: int) -> int:
        """How many requests to claim now: others may share the cluster, and new tasks do not yet count as used GPUs."""
        total, free = self.cluster.units()
        ours = sum(worker.units for worker in list(self._hired)) + max(0, running - len(self._hired))
        return max(0, min(free, total - ours, MOST_SLOTS - running))

    def _work(self) -> bool:
        """Run one request with its own worker; False if no request waits."""
        with taken(self.home) as slot:
            worker = self.hire(slot)
            self._hired.append(worker)
            try:
                return not self._stopping.is_set() and worker.step()
            finally:
                self._hired.remove(worker)
                worker.server.close()

    def _reaped(self, future: Future[bool]) -> bool:
        try:
            return future.result()
        except ServerGoneError as gone:
            self.say(str(gone))
            return False
