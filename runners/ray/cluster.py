"""The Ray cluster as a dispatcher uses it: free units, and a task's start, progress, outcome and cancellation."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from counsel_leaderboard.registry.common.credentials import redacted
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.processes.child_environment import HUB_TOKENS, child_environment
from counsel_leaderboard.runners.errors import EngineDiedError
from counsel_leaderboard.runners.harness.quoting import quoted
from counsel_leaderboard.runners.judging.judge_run import JudgeSource
from counsel_leaderboard.runners.ray.task import RequestOutcome, run_request

GPU = "GPU"
LOCAL = "local"  # Ray's own word for a cluster that the driver starts on its machine
RETRIES = 3  # after a node or its process died; a failure of the model is an outcome, which the queue may retry
ASK_SECONDS = 5.0


class RayMissingError(CounselError):
    """Ray is not installed."""


class RayUnavailableError(CounselError):
    """The cluster does not answer, or cannot run this program."""


class Cluster(Protocol):
    """Runs requests on other machines."""

    def units(self) -> tuple[int, int]:
        """The number of GPUs, or of the resource that replaces them: in the whole cluster, and free now."""

    def start(self, work: Mapping[str, Any], judge: JudgeSource | None, units: int) -> Any:
        """Start a request on that many units; returns the task."""

    def outcome(self, task: Any, seconds: float) -> RequestOutcome | None:
        """The outcome, None if there is none within `seconds`. Raises EngineDiedError if Ray gave up."""

    def progress(self, spec_id: str) -> tuple[str, int, int | None] | None:
        """Stage, done and total of a running request, None if unknown."""

    def cancel(self, task: Any) -> None:
        """Interrupt a task; its engine is stopped too."""


class ProgressActor:
    """An actor on the driver's node that holds the latest progress of each task."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[str, int, int | None]] = {}

    def put(self, spec_id: str, stage: str, done: int, total: int | None) -> None:
        """Store the progress of a request."""
        self._latest[spec_id] = (stage, done, total)

    def get(self, spec_id: str) -> tuple[str, int, int | None] | None:
        """The latest progress of a request."""
        return self._latest.get(spec_id)


@dataclass(frozen=True)
class RayCluster:
    """A cluster that this process is connected to. `resource`: GPU, or the custom resource that replaces it."""

    ray: Any
    resource: str
    progress_actor: Any

    def units(self) -> tuple[int, int]:
        """In the whole cluster, and free now, as its nodes last reported."""
        return int(self.ray.cluster_resources().get(self.resource, 0)), int(
            self.ray.available_resources().get(self.resource, 0)
        )

    def start(self, work: Mapping[str, Any], judge: JudgeSource | None, units: int) -> Any:
        """Start one Ray task; Ray chooses its node, and starts it again on another when the node dies."""
        needs: dict[str, Any] = {"num_gpus": units} if self.resource == GPU else {"resources": {self.resource: units}}
        task = self.ray.remote(run_request).options(max_retries=RETRIES, name=f"counsel {work['request']['id']}", **needs)
        return task.remote(dict(work), judge, self.progress_actor)

    def outcome(self, task: Any, seconds: float) -> RequestOutcome | None:
        """The outcome, None if there is none within `seconds`. Raises EngineDiedError if Ray gave up."""
        ready, _ = self.ray.wait([task], timeout=seconds)
        if not ready:
            return None
        try:
            outcome: RequestOutcome = self.ray.get(task)
        except self.ray.exceptions.RayError as error:
            ray_error = quoted([redacted(str(error))[:1000]])
            raise EngineDiedError(f"Ray gave up the request ({type(error).__name__}). Its message:\n{ray_error}") from error
        return outcome

    def progress(self, spec_id: str) -> tuple[str, int, int | None] | None:
        """The latest progress of the task, None if the actor does not answer."""
        try:
            latest: tuple[str, int, int | None] | None = self.ray.get(
                self.progress_actor.get.remote(spec_id), timeout=ASK_SECONDS
            )
        except self.ray.exceptions.RayError:
            return None
        return latest

    def cancel(self, task: Any) -> None:
        """Raise KeyboardInterrupt in the task, so that it stops its engine."""
        self.ray.cancel(task, force=False)


@contextmanager
def connected(address: str, resource: str = GPU) -> Iterator[RayCluster]:
    """Connect to the cluster at `address` (host:port, or `auto`) while the block runs, or start one on this machine (`local`).

    Raises RayMissingError, RayUnavailableError.
    """
    try:
        import ray
    except ImportError as error:
        raise RayMissingError("Ray is not installed here: pip install -e '.[ray]' in this project's folder.") from error
    try:
        with _listed_environment() if address == LOCAL else nullcontext():
            ray.init(address=address, log_to_driver=False, logging_level="WARNING", namespace="counsel")
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise RayUnavailableError(f"{address}: no compatible Ray cluster answers there ({error}).") from error
    try:
        this_node = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=False
        )
        progress_actor = ray.remote(ProgressActor).options(num_cpus=0, scheduling_strategy=this_node).remote()
        yield RayCluster(ray, resource, progress_actor)
    finally:
        ray.shutdown()


@contextmanager
def _listed_environment() -> Iterator[None]:
    """This process's own environment cut to what children get, while Ray starts its processes with all of it.

    Their vLLM downloads from the Hub, and they fetch weights with pip.
    """
    whole = dict(os.environ)
    listed = child_environment(secrets=HUB_TOKENS, also="PIP_")
    for name in whole.keys() - listed.keys():
        del os.environ[name]
    os.environ.update(listed)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(whole)
