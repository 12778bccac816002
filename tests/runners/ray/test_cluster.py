"""A real Ray cluster of two nodes on loopback, a custom resource for GPUs, and one node killed in the middle.

Needs Ray, which the project's extra `ray` installs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.runners.engines.vllm.launcher import free_port
from counsel_leaderboard.runners.worker.client import Server, ServerUnavailableError
from tests.support.paths import ROOT

pytestmark = pytest.mark.ray

RESOURCE = "stand_in_gpu"
NAMES = ("letter-a", "letter-b", "letter-c", "letter-d")
SECONDS = 300.0


@pytest.fixture
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head without GPUs, where the driver is, and two nodes with one each."""
    pytest.importorskip("ray")
    for name, value in {
        "RAY_USAGE_STATS_ENABLED": "0",
        "COUNSEL_HOME": str(tmp_path / "node"),
        "COUNSEL_JUDGE": "none",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("RAY_health_check_period_ms", "500")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        yield cluster, [cluster.add_node(num_cpus=1, resources={RESOURCE: 1}) for _ in range(2)]
    finally:
        cluster.shutdown()


class Machine:
    """The server, and a driver that joins the cluster, as processes; `folder` holds their homes and logs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ, "COUNSEL_WORKER_TOKEN": "worker-token-0123456789abcdefghi",
            "COUNSEL_ADMIN_TOKEN": "admin-token-0123456789abcdefghij",
            "COUNSEL_HOME": str(self.folder / name),
        }  # fmt: skip
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, *arguments], env=environment, stdout=log, stderr=log, cwd=ROOT)
        self.processes.append(process)
        return process

    def serve(self) -> subprocess.Popen[bytes]:
        return self.start("home", "-m", "tests.runners.worker.serve_api", str(self.port))

    def drive(self, address: str) -> subprocess.Popen[bytes]:
        program = "from counsel_leaderboard.runners.cli.server_commands import worker; worker()"
        server = ("--server", f"http://127.0.0.1:{self.port}", "--engine", "control", "--poll", "0.2")
        return self.start("driver", "-c", program, *server, "--ray", address, "--ray-resource", RESOURCE)

    def log_text(self) -> str:
        return (self.folder / "driver.log").read_text(errors="replace")[-3000:]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    for process in machine.processes:
        if process.poll() is None:
            process.kill()
            process.wait()


def patiently(server: Server, verb: str, path: str, **call: Any) -> Any:
    deadline = time.monotonic() + 60
    while True:
        try:
            return server.call(verb, path, **call)
        except ServerUnavailableError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_a_node_that_dies_costs_nothing(nodes: Any, machine: Machine) -> None:
    cluster, (_, second) = nodes
    serving = machine.serve()
    server = Server(f"http://127.0.0.1:{machine.port}", "admin-token-0123456789abcdefghij")
    ids = [
        patiently(server, "POST", "/submissions", json={
            "model": f"control/{name}", "submitter": "host", "tasks": ["counsel_stigma"], "limit": 2})["request"]["id"]
        for name in NAMES
    ]  # fmt: skip
    driver = machine.drive(cluster.address)
    killed, most, deadline = False, 0, time.monotonic() + SECONDS
    while (counts := patiently(server, "GET", "/queue")["counts"])["done"] + counts["failed"] < len(ids):
        assert driver.poll() is None, machine.log_text()
        assert time.monotonic() < deadline, (counts, machine.log_text())
        most = max(most, counts["running"])
        if not killed and len(_engines(machine.folder)) == 2:
            cluster.remove_node(second, allow_graceful=False)
            killed = True
        time.sleep(0.1)
    states = [server.read(spec_id) for spec_id in ids]
    server.close()
    driver.send_signal(signal.SIGTERM)
    assert driver.wait(timeout=60) == 0, machine.log_text()
    # One was killed while both had an engine up, and the queue saw one attempt a request: Ray moved it.
    assert (killed, most) == (True, 2)
    assert [(each["state"], each["attempts"]) for each in states] == [("done", 1)] * len(ids), machine.log_text()
    _ended(serving)
    runs = {folder.name for folder in (machine.folder / "home" / "runs").glob("[!.]*")}
    assert runs == {each["run_id"] for each in states}
    with Store.open(machine.folder / "home") as store, store.reading() as cursor:
        assert sorted(frame(cursor, "SELECT run_id FROM runs")["run_id"]) == sorted(runs)
    assert len(runs) == len(ids)
    assert not any((machine.folder / "driver").glob("worker/*/finished/*"))


def test_a_driver_that_stops_gives_back_and_leaves_no_engine(nodes: Any, machine: Machine, tmp_path: Path) -> None:
    cluster, _ = nodes
    serving = machine.serve()
    server = Server(f"http://127.0.0.1:{machine.port}", "admin-token-0123456789abcdefghij")
    submission = {"model": "control/letter-a", "submitter": "host", "tasks": ["counsel_stigma"]}
    spec_id = patiently(server, "POST", "/submissions", json=submission)["request"]["id"]
    driver = machine.drive(cluster.address)
    deadline = time.monotonic() + SECONDS
    # Not by the stage the queue shows: that comes with a heartbeat, and this run may be over before the next one.
    while not _engines(tmp_path):
        assert driver.poll() is None, machine.log_text()
        assert time.monotonic() < deadline, machine.log_text()
        time.sleep(0.1)
    driver.send_signal(signal.SIGTERM)
    assert driver.wait(timeout=120) == 0
    status = server.read(spec_id)
    server.close()
    assert (status["state"], status["attempts"], status["failures"]) == ("queued", 0, [])
    deadline = time.monotonic() + 60
    while _engines(tmp_path):
        assert time.monotonic() < deadline, "an engine was left behind"
        time.sleep(0.2)
    _ended(serving)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)


def _engines(home: Path) -> list[str]:
    """Engine children of this test's nodes: other tests may run engines beside this one."""
    states = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_engine = b"counsel_leaderboard.runners.engines.controls.launcher" in (process / "cmdline").read_bytes()
            if is_engine and str(home).encode() in (process / "environ").read_bytes():
                states.append(process.name)
    return states


PRINTED = """
import json, os, sys
from counsel_leaderboard.runners.ray.cluster import connected
with connected("local", "CPU") as cluster:
    workers = cluster.ray.get(cluster.ray.remote(lambda: open("/proc/self/environ").read()).remote())
    children = open(f"/proc/self/task/{os.getpid()}/children").read().split()
    started = [open(f"/proc/{child}/environ").read() for child in children]
    print(json.dumps([dict(os.environ), workers, *started]))
"""


def test_a_local_ray_gets_the_listed_variables_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    hidden = "hidden-0123456789"
    for name in ("COUNSEL_ADMIN_TOKEN_OLD", "COUNSEL_WORKER_TOKEN", "SLURM_JWT", "HF_PASS", "HF_AUTH", "MYAPP_SETTING"):
        monkeypatch.setenv(name, hidden)
    monkeypatch.setenv("COUNSEL_JUDGE_URL", f"http://user:{hidden}@judge.example/v1")
    monkeypatch.setenv("HF_TOKEN", "needed-0123456789")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    done = subprocess.run(
        [sys.executable, "-c", PRINTED], capture_output=True, text=True, timeout=SECONDS, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    own, worker, *started = json.loads(done.stdout.splitlines()[-1])
    assert own["COUNSEL_WORKER_TOKEN"] == hidden
    assert started
    assert not [environment for environment in (worker, *started) if hidden in environment]
    assert "HF_TOKEN=needed-0123456789" in worker
