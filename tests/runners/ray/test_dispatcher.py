"""Requests as tasks of a cluster: claimed by what is free, run elsewhere, brought back. The cluster is a stand-in."""

from __future__ import annotations

import builtins
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.runners.errors import EngineDiedError, OutOfMemoryError
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.ray.cluster import RayMissingError, connected
from counsel_leaderboard.runners.ray.dispatcher import Dispatcher, RayWorker, units_of
from counsel_leaderboard.runners.ray.task import RequestOutcome, locked, run_request
from counsel_leaderboard.runners.worker import Server, WorkerSettings
from counsel_leaderboard.runners.worker.packaging import Steps
from counsel_leaderboard.runners.worker.work_dir import WorkDir
from tests.support.worker import LogLines, Script, Wire, submit

GIB = 1024**3


class Board:
    """Stands for the actor beside the driver."""

    def __init__(self) -> None:
        self.progress: dict[str, list[tuple[str, int, int | None]]] = {}
        self.put = self

    def remote(self, spec_id: str, *values: Any) -> None:
        self.progress.setdefault(spec_id, []).append(values)


class Threads:
    """A cluster of `total` GPUs whose tasks are threads; it lasts as long as the test."""

    def __init__(self, total: int, home: Path, steps: Steps) -> None:
        self.total, self.home, self.steps = total, home, steps
        self.board = Board()
        self.most = 0
        self.running = 0
        self.cancelled: list[Any] = []
        self.before: Callable[[str], RequestOutcome | None] = lambda spec_id: None
        self._lock = threading.Lock()

    def units(self) -> tuple[int, int]:
        return self.total, self.total - self.running

    def start(self, work: Mapping[str, Any], judge: Any, units: int) -> Any:
        resources: dict[str, Any] = {"units": units}

        def run() -> None:
            try:
                resources["outcome"] = self.before(work["request"]["spec_id"]) or run_request(
                    work, judge, self.board, self.steps
                )
            except EngineDiedError as error:
                resources["error"] = error
            with self._lock:
                self.running -= units

        with self._lock:
            self.running += units
            self.most = max(self.most, self.running)
        resources["thread"] = threading.Thread(target=run, daemon=True)
        resources["thread"].start()
        return resources

    def outcome(self, task: Any, seconds: float) -> RequestOutcome | None:
        task["thread"].join(min(seconds, 0.02))
        if "error" in task:
            raise task["error"]
        return task.get("outcome")

    def progress(self, spec_id: str) -> tuple[str, int, int | None] | None:
        progress = self.board.progress.get(spec_id)
        return progress[-1] if progress else None

    def cancel(self, task: Any) -> None:
        self.cancelled.append(task)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script) -> Threads:
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path / "node"))
    return Threads(2, tmp_path / "node", script.steps)


@pytest.fixture
def dispatcher(cluster: Threads, wire: Wire, tmp_path: Path) -> Dispatcher:
    settings = WorkerSettings(engines=("control",), poll_seconds=0.01, max_wait_seconds=0.01, environment={})

    def create_worker(slot: WorkDir) -> RayWorker:
        return RayWorker(Server("http://test", "worker-token-1", wire), slot, settings, LogLines(), cluster, 80 * GIB)

    return Dispatcher(cluster, create_worker, tmp_path / "driver", 0.01, LogLines())


def test_as_many_requests_run_as_the_cluster_has_gpus(
    dispatcher: Dispatcher, cluster: Threads, host: Server, script: Script, store: Store
) -> None:
    ids = [submit(host, limit=limit) for limit in range(2, 7)]
    both = threading.Barrier(2, timeout=20)
    script.first = [lambda evaluation, reporter: both.wait()] * 2
    dispatcher.run(once=True)
    assert [host.read(spec_id)["state"] for spec_id in ids] == ["done"] * 5
    assert (cluster.most, script.calls, len(list(store.runs.glob("[!.]*")))) == (2, 5, 5)
    assert [path for path in cluster.home.rglob("*") if path.is_file() and path.suffix != ".lock"] == []


def test_the_driver_tells_the_server_what_the_node_told_it(
    dispatcher: Dispatcher, cluster: Threads, host: Server, script: Script
) -> None:
    seen: list[str] = []
    spec_id = submit(host)

    def watch(evaluation: Evaluation, reporter: Any) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and "answering" not in seen:
            seen.append((cluster.progress(spec_id) or ("",))[0])
            time.sleep(0.01)

    script.first = [watch]
    dispatcher.run(once=True)
    assert "answering" in seen


def test_a_failure_on_a_node_has_its_reason(dispatcher: Dispatcher, host: Server, script: Script) -> None:
    spec_id = submit(host)

    def die(evaluation: Evaluation, reporter: Any) -> None:
        raise EngineDiedError("the engine went")

    script.first = [die] * 3
    dispatcher.run(once=True)
    status = host.read(spec_id)
    assert (status["state"], status["reason"], status["attempts"]) == ("failed", "engine_died", 3)
    assert status["failures"][0]["detail"] == "the engine went"


def test_what_ray_gives_up_goes_back_to_the_queue(
    dispatcher: Dispatcher, cluster: Threads, host: Server, script: Script
) -> None:
    spec_id, tried = submit(host), []

    def gone(spec_id: str) -> RequestOutcome | None:
        tried.append(spec_id)
        if len(tried) == 1:
            raise EngineDiedError("Ray gave the request up: NodeDiedError")
        return None

    cluster.before = gone
    dispatcher.run(once=True)
    status = host.read(spec_id)
    assert (status["state"], status["attempts"], status["failures"][0]["reason"]) == ("done", 2, "engine_died")


def test_a_stop_gives_back_what_runs_and_cancels_the_tasks(
    dispatcher: Dispatcher, cluster: Threads, host: Server, script: Script
) -> None:
    ids = [submit(host, limit=2), submit(host, limit=3)]
    both, go_on = threading.Barrier(3, timeout=20), threading.Event()

    def hold(spec_id: str) -> RequestOutcome | None:
        both.wait()
        go_on.wait(20)
        return RequestOutcome(None, "harness_failed", "too late to matter")

    cluster.before = hold
    running = threading.Thread(target=dispatcher.run)
    running.start()
    both.wait()
    dispatcher.stop()
    running.join(20)
    go_on.set()
    assert not running.is_alive()
    statuses = [host.read(spec_id) for spec_id in ids]
    assert [(each["state"], each["attempts"]) for each in statuses] == [("queued", 0)] * 2
    assert len(cluster.cancelled) == 2


def test_runs_that_an_earlier_driver_kept_are_brought_from_any_slot(
    dispatcher: Dispatcher, cluster: Threads, host: Server, script: Script, wire: Wire, tmp_path: Path
) -> None:
    spec_id = submit(host)
    wire.faults["run"] = ["down"] * 1000
    running = threading.Thread(target=dispatcher.run)
    running.start()
    deadline = time.monotonic() + 20
    while not any((tmp_path / "driver").glob("worker/*/finished/*")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    dispatcher.stop()
    running.join(20)
    (tmp_path / "driver" / "worker" / "0").rename(tmp_path / "driver" / "worker" / "5")
    wire.faults.clear()
    cluster.total = 0
    Dispatcher(cluster, dispatcher.create_worker, dispatcher.home, 0.01, LogLines()).run(once=True)
    assert (host.read(spec_id)["state"], script.calls) == ("done", 1)


def test_gpus_by_size_of_the_model() -> None:
    """8e9 parameters are 14.9 GiB in bfloat16. 70e9 are 130.4, a tenth more 143.4: two GPUs of 80 GiB hold 140, four 280."""
    spec = {"engine": "vllm", "parameters": 8_000_000_000, "dtype": "auto"}
    assert units_of(spec, 80 * GIB) == 1
    assert units_of({**spec, "parameters": 70_000_000_000}, 80 * GIB) == 4
    assert units_of({**spec, "parameters": 8_000_000_000, "dtype": "float32"}, 24 * GIB) == 2
    assert units_of({"engine": "control", "parameters": None, "dtype": "auto"}, 80 * GIB) == 1
    with pytest.raises(OutOfMemoryError, match="eight GPUs"):
        units_of({**spec, "parameters": 700_000_000_000}, 80 * GIB)


def test_a_retry_waits_for_the_attempt_before_it(tmp_path: Path) -> None:
    entered, order = threading.Event(), []

    def second() -> None:
        with locked(tmp_path / "one"):
            order.append("second")

    with locked(tmp_path / "one") as folder:
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait(0.1)
        order.append("first")
        (folder / "answers").touch()
    thread.join(20)
    assert order == ["first", "second"]


def test_without_ray_the_way_to_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "ray":
            raise ImportError(name)
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RayMissingError, match=r"pip install -e '\.\[ray\]'"), connected("auto"):
        pass
