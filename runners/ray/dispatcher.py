"""`counsel worker --ray`: runs as many requests in parallel as the cluster has free GPUs, each as one Ray task.

Every request has its own worker on this machine, with its work folder, lease and heartbeat like any worker; only the evaluation
runs on another machine.
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
from counsel_leaderboard.runners.worker.client import Server, ServerUnavailableError
from counsel_leaderboard.runners.worker.heartbeat import Heartbeat, LeaseEndedError
from counsel_leaderboard.runners.worker.packaging import ARCHIVE
from counsel_leaderboard.runners.worker.release import Log
from counsel_leaderboard.runners.worker.work_dir import MAX_WORKERS, Finished, WorkDir, locked_work_dir
from counsel_leaderboard.runners.worker.worker import StopRequested, Worker, WorkerSettings

CHECK_SECONDS = 1.0


class NodeError(RunError):
    """A request failed on a node; reason and message are the node's."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class RayWorker(Worker):
    """A worker whose requests run in the cluster. `units`: GPUs that its request uses; one until that is known."""

    def __init__(
        self, server: Server, work_dir: WorkDir, settings: WorkerSettings, log: Log, cluster: Cluster, gpu_bytes: int
    ) -> None:
        super().__init__(server, work_dir, settings, log)
        self.cluster, self.gpu_bytes, self.units = cluster, gpu_bytes, 1

    def _run_request(self, work: dict[str, Any], heartbeat: Heartbeat) -> Finished:
        self.units = units_of(work["request"], self.gpu_bytes)
        task = self.cluster.start(work, self.settings.judge, self.units)
        try:
            outcome = self._await(task, str(work["request"]["spec_id"]), heartbeat)
        except (LeaseEndedError, StopRequested):
            self.cluster.cancel(task)
            raise
        return self._store_archive(work, outcome)

    def _await(self, task: Any, spec_id: str, heartbeat: Heartbeat) -> RequestOutcome:
        while (outcome := self.cluster.outcome(task, CHECK_SECONDS)) is None:
            if self._stopping.is_set():
                raise StopRequested
            progress = self.cluster.progress(spec_id)
            heartbeat.show(*(progress or ("preparing", 0, None)))
        return outcome

    def _store_archive(self, work: dict[str, Any], outcome: RequestOutcome) -> Finished:
        if outcome.archive is None:
            raise NodeError(outcome.reason, outcome.message)
        spec_id = str(work["request"]["spec_id"])
        (self.work_dir.staging(spec_id) / ARCHIVE).write_bytes(outcome.archive)
        return self.work_dir.finish(spec_id, str(work["lease"]))


def units_of(request: Mapping[str, Any], gpu_bytes: int) -> int:
    """The number of GPUs for a request: from the parameter count for vLLM, one for every other engine."""
    if request["engine"] != "vllm" or request["parameters"] is None:
        return 1
    return gpus_for(int(request["parameters"]), str(request["dtype"]), gpu_bytes)


class Dispatcher:
    """Keeps the cluster's free GPUs busy until `stop`. `create_worker` creates a worker that uses the given folder."""

    def __init__(
        self, cluster: Cluster, create_worker: Callable[[WorkDir], RayWorker], home: Path, poll_seconds: float, log: Log
    ) -> None:
        self.cluster, self.create_worker, self.home = cluster, create_worker, home
        self.poll_seconds, self.log = poll_seconds, log
        self._stopping = threading.Event()
        self._workers: list[RayWorker] = []

    def stop(self, *_: object) -> None:
        """Stop claiming; running requests return to the queue, uploads are finished."""
        self._stopping.set()
        for worker in list(self._workers):
            worker.stop()

    def run(self, *, once: bool = False) -> None:
        """Work until stopped, or, with `once`, until no request waits or runs. Raises the errors that workers do not handle."""
        running: set[Future[bool]] = set()
        waiting = True  # whether a request may wait; assumed until a claim returns none
        with ThreadPoolExecutor(MAX_WORKERS, thread_name_prefix="counsel-ray") as pool:
            try:
                while not self._stopping.is_set():
                    if not running:
                        self._upload_leftovers()
                    if waiting or not once:
                        running |= {pool.submit(self._work) for _ in range(self._free_capacity(len(running)))}
                    ended, running = wait(running, timeout=self.poll_seconds, return_when=FIRST_COMPLETED)
                    worked = [self._result(future) for future in ended]
                    # Otherwise two workers that take turns in finding no request would keep the loop running forever.
                    waiting = any(worked) or (waiting and not ended)
                    if once and not running and not any(worked):
                        return
                    if not any(worked) and (ended or not running):
                        self._stopping.wait(self.poll_seconds)
            finally:
                self.stop()

    def _upload_leftovers(self) -> None:
        """Upload the finished runs that an earlier driver left in its work folders; called while nothing runs."""
        numbers = [int(run.parts[-3]) for run in (self.home / "worker").glob("[0-9]*/finished/*")]
        with ExitStack() as work_dirs:
            for _ in range(max(numbers, default=-1) + 1):
                worker = self.create_worker(work_dirs.enter_context(locked_work_dir(self.home)))
                work_dirs.callback(worker.server.close)
                try:
                    worker.upload_finished()
                except ServerUnavailableError as gone:
                    self.log(str(gone))
                    self._stopping.wait(self.poll_seconds)
                    return

    def _free_capacity(self, running: int) -> int:
        """How many requests to claim now: others may share the cluster, and new tasks do not yet count as used GPUs."""
        total, free = self.cluster.units()
        ours = sum(worker.units for worker in list(self._workers)) + max(0, running - len(self._workers))
        return max(0, min(free, total - ours, MAX_WORKERS - running))

    def _work(self) -> bool:
        """Run one request with its own worker; False if no request waits."""
        with locked_work_dir(self.home) as work_dir:
            worker = self.create_worker(work_dir)
            self._workers.append(worker)
            try:
                return not self._stopping.is_set() and worker.step()
            finally:
                self._workers.remove(worker)
                worker.server.close()

    def _result(self, future: Future[bool]) -> bool:
        try:
            return future.result()
        except ServerUnavailableError as gone:
            self.log(str(gone))
            return False
