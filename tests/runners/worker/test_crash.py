"""Server, worker, engine and harness are killed with -9 at random moments: every request is done once, or failed with a reason.

The short form is a stage of `.ci/run`. The long one, by hand:

    export COUNSEL_CRASH_ROUNDS=50 COUNSEL_CRASH_REQUESTS=20 COUNSEL_CRASH_WORKERS=2
    python -m pytest -n 0 -s -m crash tests/runners/worker/test_crash.py
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.leaderboard.store.rebuild import rebuild
from counsel_leaderboard.leaderboard.store.row_workers import read_stored
from counsel_leaderboard.runners.engines import CONTROLS
from counsel_leaderboard.runners.worker.client import Server, ServerUnavailableError
from tests.support.paths import ROOT

ROUNDS = int(os.environ.get("COUNSEL_CRASH_ROUNDS", "4"))
REQUESTS = int(os.environ.get("COUNSEL_CRASH_REQUESTS", "3"))
WORKERS = tuple(f"worker-{number}" for number in range(int(os.environ.get("COUNSEL_CRASH_WORKERS", "1"))))
VICTIMS = ("server", "worker", "engine", "harness")
SECONDS = 120.0 + 60.0 * (REQUESTS + ROUNDS)  # to end a run that makes no progress, on a busy machine too
TABLES = ("runs", "tasks", "scores", "headline_items", "requests")


class Machine:
    """A server and its workers as processes, started again whenever they are gone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.environment = {
            **os.environ, "COUNSEL_WORKER_TOKEN": "worker-token-0123456789abcdefghi",
            "COUNSEL_ADMIN_TOKEN": "admin-token-0123456789abcdefghij",
            "COUNSEL_LEASE_SECONDS": "8", "COUNSEL_JUDGE": "none",
        }  # fmt: skip
        self.environment.pop("COUNSEL_JUDGE_MODEL", None)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def keep_up(self) -> None:
        for name in ("server", *WORKERS):
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                self.processes[name] = self._start(name)

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        arguments = ["-m", "tests.runners.worker.serve_api", str(self.port)]
        if name in WORKERS:
            program = "from counsel_leaderboard.runners.cli.server_commands import worker; worker()"
            url = f"http://127.0.0.1:{self.port}"
            arguments = ["-c", program, "--server", url, "--engine", "control", "--poll", "0.2"]
        home = self.folder / ("home" if name == "server" else "machine")
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments], env={**self.environment, "COUNSEL_HOME": str(home)}, stdout=log, stderr=log,
                cwd=ROOT,
            )  # fmt: skip

    def kill(self, victim: str, worker: str) -> bool:
        """Kill the server, that worker, or that worker's engine or harness with -9, if it is there now."""
        process = {"server": "server", "worker": worker}.get(victim)
        pids = [self.processes[process].pid] if process else self._children(victim, worker)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return bool(pids)

    def _children(self, victim: str, name: str) -> list[int]:
        """The worker's own children alone: other tests may run engines beside this one."""
        words = {"engine": b"counsel_leaderboard.runners.engines.controls.launcher", "harness": b"lm_eval"}[victim]
        worker = self.processes[name].pid
        pids = []
        for task in Path(f"/proc/{worker}/task").glob("*/children"):
            with suppress(OSError):
                pids += [int(pid) for pid in task.read_text().split()]
        return [pid for pid in pids if words in _command(pid)]

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            process.wait(timeout=60)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    for process in machine.processes.values():
        if process.poll() is None:
            process.kill()
            process.wait()


def patiently(machine: Machine, server: Server, path: str, **call: object) -> dict:
    deadline = time.monotonic() + 60
    while True:
        machine.keep_up()
        try:
            return server.call("POST" if call else "GET", path, **call)
        except ServerUnavailableError:
            assert time.monotonic() < deadline, (machine.folder / "server.log").read_text()[-3000:]
            time.sleep(0.2)


def submissions(machine: Machine, server: Server) -> Iterator[str]:
    """Submits one request more, each of another control or number of items, whenever the next is asked for; their ids."""
    names = [f"control/{name}" for name, control in CONTROLS.items() if "counsel_stigma" in control.tasks]
    for limit in itertools.count(2):
        for name in names:
            submission = {"model": name, "submitter": "host", "tasks": ["counsel_stigma"], "limit": limit}
            yield patiently(machine, server, "/submissions", json=submission)["request"]["id"]


@pytest.mark.crash
def test_nothing_is_lost_when_anything_dies(machine: Machine) -> None:
    chance = random.Random(20260102)
    server = Server(f"http://127.0.0.1:{machine.port}", "admin-token-0123456789abcdefghij")
    more = submissions(machine, server)
    ids = [next(more) for _ in range(REQUESTS)]
    killed, next_kill, deadline = [], time.monotonic() + 1, time.monotonic() + SECONDS
    while (counts := patiently(machine, server, "/queue")["counts"])["queued"] + counts["running"] or len(killed) < ROUNDS:
        assert time.monotonic() < deadline, (counts, (machine.folder / "worker-0.log").read_text()[-3000:])
        if not counts["queued"] and len(killed) < ROUNDS:
            ids.append(next(more))  # however fast this machine is, there is work until the last kill
        if len(killed) < ROUNDS and time.monotonic() > next_kill:
            victim = VICTIMS[len(killed) % len(VICTIMS)]
            if machine.kill(victim, chance.choice(WORKERS)):
                killed.append(victim)
                next_kill = time.monotonic() + chance.uniform(0.5, 6.0)
        time.sleep(0.1)
    statuses = [server.read(spec_id) for spec_id in ids]
    server.close()
    machine.stop()
    assert len(killed) == ROUNDS
    for request in statuses:
        assert request["state"] == "done" or (request["state"] == "failed" and request["reason"]), request
    attempts = [request["attempts"] for request in statuses]
    states = {state: [request["state"] for request in statuses].count(state) for state in ("done", "failed")}
    reasons = [failure["reason"] for request in statuses for failure in request["failures"]]
    print({**states, "killed": len(killed), "attempts": sum(attempts), "reasons": {r: reasons.count(r) for r in set(reasons)}})
    _check_store(machine.folder / "home", {request["run_id"] for request in statuses if request["state"] == "done"})


def _check_store(home: Path, run_ids: set[str]) -> None:
    """Each done request has its one run, each stored run is whole, and a rebuild gives the same tables."""
    folders = list((home / "runs").glob("[!.]*"))
    assert {folder.name for folder in folders} == run_ids
    for folder in folders:
        read_stored(folder)
    before = _tables(home)
    rebuild(home)
    assert _tables(home) == before


def _tables(home: Path) -> dict[str, list[tuple]]:
    with Store.open(home) as store, store.reading() as cursor:
        return {table: sorted(frame(cursor, f"SELECT * FROM {table}").rows(), key=repr) for table in TABLES}
