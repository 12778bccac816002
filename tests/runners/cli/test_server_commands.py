"""The verbs that speak to a server, against the API in this process."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from counsel_leaderboard.runners.cli import server_commands
from counsel_leaderboard.runners.worker import Server, Worker
from counsel_leaderboard.runners.worker.client import ServerRefusedError
from tests.support.worker import Script, Wire


@pytest.fixture
def run(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(server_commands, "Server", lambda url, token: Server(url, token, wire))
    monkeypatch.setattr(server_commands.signal, "signal", lambda number, handler: None)
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path / "machine"))
    monkeypatch.setenv("COUNSEL_SERVER", "http://test")
    monkeypatch.setenv("COUNSEL_WORKER_TOKEN", "worker-token-1")
    monkeypatch.delenv("COUNSEL_ADMIN_TOKEN", raising=False)

    def invoke(verb: str, *arguments: str, host: bool = False) -> Result:
        environment = {"COUNSEL_ADMIN_TOKEN": "admin-token-1" if host else None}
        return CliRunner().invoke(getattr(server_commands, verb), arguments, env=environment, catch_exceptions=False)

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
    console = Console(width=200)
    with console.capture() as captured:
        console.print(server_commands.queue_table({"requests": [request], "counts": {"running": 1}}))
    (line,) = [line for line in captured.get().splitlines() if "org/model" in line]
    assert "running" in line
    assert "answering 3/?" in line
    assert "None" not in captured.get()


def test_admit_is_the_hosts(run: Any) -> None:
    spec_id = run("submit", *SUBMIT).output.split()[0]
    with pytest.raises(ServerRefusedError, match="bearer token"):
        run("admit", spec_id)
    with pytest.raises(ServerRefusedError, match="only a pending request"):
        run("admit", spec_id, host=True)


def test_a_worker_runs_what_waits(run: Any, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_commands, "Worker", partial(Worker, steps=script.steps))
    spec_id = run("submit", "control/letter-a", "--as", "ada", "--tasks", "counsel_stigma", host=True).output.split()[0]
    output = run("worker", "--once", "--engine", "control", "--poll", "0.05")
    assert "offers control to http://test" in output.stderr
    assert f"{spec_id}: stored as run" in output.stderr
    assert script.calls == 1
