"""A real Ray cluster of two nodes on loopback, a custom resource for GPUs, and one node killed in the middle.

Needs Ray, which the project's extra `ray` installs.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runners.worker.client import Server, ServerGoneError
from tests.worker.test_crash import Machine, _tables

pytestmark = pytest.mark.slow

RESOURCE = "stand_in_gpu"
NAMES = ("letter-a", "letter-b", "letter-c", "letter-d")
SECONDS = 420.0
ROOT = Path(__file__).parents[2]


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


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    made.environment["COUNSEL_HOME"] = str(tmp_path / "driver")
    yield made
    for process in made.processes.values():
        if process.poll() is None:
            process.kill()
            process.wait()


def patiently(server: Server, verb: str, path: str, **call: Any) -> Any:
    deadline = time.monotonic() + 60
    while True:
        try:
            return server.call(verb, path, **call)
        except ServerGoneError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def drive(machine: Machine, address: str) -> subprocess.Popen[bytes]:
    program = "from runners.worker.commands import worker; worker()"
    arguments = ["--server", f"http://127.0.0.1:{machine.port}", "--engine", "control", "--poll", "0.2"]
    cluster = ["--ray", address, "--ray-resource", RESOURCE]
    with (machine.folder / "driver.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-c", program, *arguments, *cluster], env=machine.environment, stdout=log, stderr=log, cwd=ROOT
        )


def test_a_node_that_dies_costs_nothing(nodes: Any, machine: Machine) -> None:
    cluster, (_, second) = nodes
    machine.processes["server"] = machine._start("server")
    server = Server(f"http://127.0.0.1:{machine.port}", "admin-token-1")
    ids = [
        patiently(server, "POST", "/submissions", json={
            "model": f"control/{name}", "submitter": "host", "tasks": ["counsel_stigma"], "limit": 2})["request"]["id"]
        for name in NAMES
    ]  # fmt: skip
    driver = machine.processes["driver"] = drive(machine, cluster.address)
    killed, most, deadline = False, 0, time.monotonic() + SECONDS
    log = machine.folder / "driver.log"
    while (counts := patiently(server, "GET", "/queue")["counts"])["done"] + counts["failed"] < len(ids):
        assert driver.poll() is None, log.read_text()[-3000:]
        assert time.monotonic() < deadline, (counts, log.read_text()[-3000:])
        most = max(most, counts["running"])
        stages = [request["progress"]["stage"] for request in _running(server)]
        if not killed and stages.count("answering") == 2:
            cluster.remove_node(second, allow_graceful=False)
            killed = True
        time.sleep(0.1)
    found = [server.read(request_id) for request_id in ids]
    server.close()
    driver.send_signal(signal.SIGTERM)
    assert driver.wait(timeout=60) == 0, log.read_text()[-3000:]
    # Both nodes were at work, one was killed while both answered, and the queue saw one attempt a request: Ray moved it.
    assert (killed, most) == (True, 2)
    assert [(each["state"], each["attempts"]) for each in found] == [("done", 1)] * len(ids), log.read_text()[-3000:]
    machine.stop()
    runs = {folder.name for folder in (machine.folder / "home" / "runs").glob("[!.]*")}
    assert runs == {each["run_id"] for each in found}
    assert len(runs) == len(_tables(machine.folder / "home")["runs"]) == len(ids)
    assert not any((machine.folder / "driver").glob("worker/*/finished/*"))


def _running(server: Server) -> list[dict[str, Any]]:
    page = patiently(server, "GET", "/queue")
    return [request for request in page["requests"] if request["state"] == "running" and request["progress"]]
