"""The verbs that speak to a server, against the API in this process."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from counsel_leaderboard.runners.cli import server_commands
from counsel_leaderboard.runners.cli.queue_text import queue_text
from counsel_leaderboard.runners.cli.server_commands import ServerParts
from counsel_leaderboard.runners.worker import Server, Worker
from counsel_leaderboard.runners.worker.client import ServerRefusedError
from tests.support.worker import Script, Wire


@pytest.fixture
def run(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path / "machine"))
    monkeypatch.setenv("COUNSEL_SERVER", "http://test")
    monkeypatch.setenv("COUNSEL_WORKER_TOKEN", "worker-token-1")
    monkeypatch.delenv("COUNSEL_ADMIN_TOKEN", raising=False)

    def invoke(verb: str, *arguments: str, host: bool = False, worker: Any = Worker) -> Result:
        environment = {"COUNSEL_ADMIN_TOKEN": "admin-token-1" if host else None}
        parts = ServerParts(server=lambda url, token: Server(url, token, wire), worker=worker)
        command = getattr(server_commands, verb)
        return CliRunner().invoke(command, arguments, env=environment, catch_exceptions=False, obj=parts)

    return invoke


SUBMIT = ("org/model", "--as", "ada", "--tasks", "counsel_stigma")


def test_submit_shows_id_and_key_and_cancel_takes_them(run: Any) -> None:
    output = run("submit", *SUBMIT).output
    spec_id, key = output.split()[0], output.split()[-1]
    assert f"{spec_id} queued: org/model at {'a' * 40}" in output
    assert "cancel" not in run("submit", *SUBMIT).output.lower()
    assert run("cancel", spec_id, "--key", key).output == f"{spec_id} cancelled\n"


def test_the_queue_is_shown_with_place_and_unknown_times_said_to_be_unknown(run: Any) -> None:
    for limit in ("1", "2"):
        run("submit", *SUBMIT, "--limit", limit)
    lines = [line for line in run("queue").output.splitlines() if "queued" in line]
    assert "2 queued" in lines[0]
    assert len(lines) == 3
    assert all("unknown" in line for line in lines[1:])


def test_a_running_request_is_shown_with_its_progress() -> None:
    request = {
        "spec_id": "0" * 16, "model": "org/model", "state": "running",
        "progress": {"stage": "answering", "done": 3, "total": None},
        "ahead": None, "wait_seconds": None, "attempts": 1, "reason": None,
    }  # fmt: skip
    console = Console(width=80)
    with console.capture() as captured:
        console.print(queue_text({"requests": [request], "counts": {"running": 1}}, 80))
    (line,) = [line for line in captured.get().splitlines() if "org/model" in line]
    assert "running" in line
    assert "answering 3/?" in line
    assert "None" not in captured.get()


def test_a_request_is_one_line_of_80_columns_and_its_reason_a_note() -> None:
    request = {
        "spec_id": "0" * 16, "model": f"a-laboratory/{'long-' * 20}model", "state": "failed", "progress": None,
        "ahead": None, "wait_seconds": None, "attempts": 3, "reason": "out_of_memory",
    }  # fmt: skip
    waiting = request | {"state": "queued", "ahead": 11, "wait_seconds": 7200.0, "reason": None}
    console = Console(width=80)
    with console.capture() as captured:
        console.print(queue_text({"requests": [waiting, request], "counts": {"failed": 1, "queued": 1}}, 80))
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= 80
    assert len([line for line in lines if "0" * 16 in line]) == 2
    assert lines[-1].strip() == "[1] out of memory"
    assert "12, 120 min" in captured.get()


def test_admit_is_the_hosts(run: Any) -> None:
    spec_id = run("submit", *SUBMIT).output.split()[0]
    with pytest.raises(ServerRefusedError, match="bearer token"):
        run("admit", spec_id)
    with pytest.raises(ServerRefusedError, match="only a pending request"):
        run("admit", spec_id, host=True)


def test_a_worker_runs_what_waits(run: Any, script: Script) -> None:
    spec_id = run("submit", "control/letter-a", "--as", "ada", "--tasks", "counsel_stigma", host=True).output.split()[0]
    output = run("worker", "--once", "--engine", "control", "--poll", "0.05", worker=partial(Worker, steps=script.steps))
    assert "offers control to http://test" in output.stderr
    assert f"{spec_id}: stored as run" in output.stderr
    assert script.calls == 1
