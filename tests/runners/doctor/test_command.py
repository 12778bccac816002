"""`counsel doctor` as a command, and what `counsel eval` adds to an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from counsel_leaderboard.runners.cli.doctor_command import doctor
from counsel_leaderboard.runners.doctor import advice
from counsel_leaderboard.runners.errors import EngineStartError, HarnessError, UnknownModelError
from counsel_leaderboard.runners.judging.judge_run import JudgingError
from tests.support.stand_in_server import fault

YES = json.dumps({"answer": "yes"})


@pytest.fixture(autouse=True)
def _a_tidy_machine(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    home.mkdir(mode=0o700)
    for name in ("PYTHONPATH", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(doctor, arguments, catch_exceptions=False)


def test_no_server_is_asked_unless_it_is_named(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    standin = serve(lambda _: YES)
    outcome = run()
    assert outcome.exit_code == 0, outcome.output
    assert not {"server", "judge", "Hub"} & {line[9:].split(":")[0] for line in outcome.output.splitlines()}
    monkeypatch.setenv("COUNSEL_JUDGE_URL", f"{standin.url}/v1")
    monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "some-model")
    assert run("--url", standin.url).exit_code == 0
    assert len(standin.bodies) == 6
    monkeypatch.setenv("COUNSEL_JUDGE", "none")
    assert run().exit_code == 0
    assert len(standin.bodies) == 6


def test_a_problem_is_exit_code_1_and_a_warning_is_none(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = serve(lambda payload: fault(400, "no") if "response_format" in payload else YES)
    outcome = run("--judge-url", refusing.url, "--json")
    assert outcome.exit_code == 0
    findings = json.loads(outcome.output)
    assert [entry["topic"] for entry in findings if entry["level"] == "warning"] == ["judge"]
    assert {frozenset(entry) for entry in findings} == {frozenset(("level", "topic", "text", "step"))}
    assert all(entry["step"] for entry in findings if entry["level"] == "warning")
    monkeypatch.setenv("COUNSEL_ADMIN_TOKEN", "x")
    assert run().exit_code == 1


def test_the_hub_is_asked_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    outcome = run("--hub")
    assert "warning  Hub: http://127.0.0.1:9 does not answer" in outcome.output
    assert outcome.exit_code == 0


def test_an_error_gets_the_checks_that_it_calls_for(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    dead, standin = "http://127.0.0.1:9", serve(lambda _: YES)
    monkeypatch.setenv("COUNSEL_JUDGE_URL", f"{dead}/v1")
    monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "some-judge")
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    for error, url, note in (
        (JudgingError("j"), None, "problem  judge: http://127.0.0.1:9/v1 does not answer"),
        (EngineStartError("e"), dead, "problem  server: http://127.0.0.1:9/v1 does not answer"),
        (HarnessError("h"), None, "warning  encoding: PYTHONIOENCODING says cp1252"),
        (EngineStartError("e"), None, ""),
        (EngineStartError("e"), standin.url, ""),
        (UnknownModelError("u"), dead, ""),
    ):
        advice.advise(error, url, "some-model")
        notes = "\n".join(getattr(error, "__notes__", ()))
        assert (note in notes) if note else not notes, (error, notes)


def test_eval_says_it_beside_its_error(counsel: Callable[..., Any]) -> None:
    outcome = counsel("eval", "m", "--url", "http://127.0.0.1:9", "--tasks", "counsel_stigma")
    assert outcome.code == 1
    error, note = outcome.err.split("What `counsel doctor` notices here:\n")
    assert "counsel: endpoint http://127.0.0.1:9/v1 does not answer" in error
    assert note.startswith("problem  server: http://127.0.0.1:9/v1 does not answer")
