"""`counsel eval` of a task that the session server plays: from the command to stored transcripts, and on after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.board.board import scores
from counsel_leaderboard.leaderboard.board.reasons.reason import Code, Reason
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common.processes.child_environment import child_environment
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, read_transcript
from tests.support.run_folders import stored_samples
from tests.support.sessions import GOOD_TURNS
from tests.support.stand_in_server import StandIn, fault

TASK = "counsel_session"
Serve = Callable[..., StandIn]


def reply_text(payload: dict[str, Any]) -> str:
    turn = sum(message["role"] == "assistant" for message in payload["messages"])
    return GOOD_TURNS[turn % len(GOOD_TURNS)] + f" ({turn})"


def without_times(transcript: SessionTranscript) -> str:
    turns = tuple(turn.model_copy(update={"milliseconds": None}) for turn in transcript.turns)
    return transcript.model_copy(update={"turns": turns}).model_dump_json()


def sessions_of(home: Path) -> list[SessionTranscript]:
    return [read_transcript(json.loads(answer)[0]) for answer in stored_samples(home)["answer"]]


@pytest.mark.slow
def test_sessions_are_played_by_themselves_and_other_tasks_ask_the_engine(
    serve: Serve, counsel: Callable[..., Any], home: Path
) -> None:
    model = serve(lambda payload: reply_text(payload) if payload["max_tokens"] == 400 else "B")
    outcome = counsel("eval", "some-model", "--tasks", f"{TASK},counsel_stigma", "--limit", "1", "--url", model.url)
    assert outcome.code == 0, outcome.err
    samples = stored_samples(home)
    assert len(samples) == 2
    played = [json.loads(answer)[0] for answer in samples["answer"] if len(answer) > 100]
    transcripts = [read_transcript(text) for text in played]
    assert [len(transcript.counselor_turns()) for transcript in transcripts] == [12]
    assert {transcript.counselor for transcript in transcripts} == {"some-model"}
    assert {transcript.client_model for transcript in transcripts} == {None}
    assert not any('"session":' in json.dumps(payload) for payload in model.payloads), "the model never sees an order"
    (run,) = (home / "runs").iterdir()
    request = json.loads((run / "request.json").read_text())
    assert request["model"]["name"] == "some-model"
    (results,) = run.glob("results*.json")
    configs = json.loads(results.read_text())["configs"]
    assert configs[TASK]["metadata"]["clients_worded_by"] == "scripted wording"


@pytest.mark.slow
def test_crisis_and_drift_are_played_by_themselves(serve: Serve, counsel: Callable[..., Any], home: Path) -> None:
    model = serve(reply_text)
    outcome = counsel("eval", "some-model", "--tasks", "counsel_crisis,counsel_drift", "--limit", "2", "--url", model.url)
    assert outcome.code == 0, outcome.err
    samples = stored_samples(home)
    lengths = Counter[tuple[str, int]]()
    for answer, doc in zip(samples["answer"], samples["doc"], strict=True):
        transcript = read_transcript(json.loads(answer)[0])
        assert (transcript.failure, transcript.client) == (None, json.loads(doc)["client"])
        lengths[json.loads(doc)["series"], len(transcript.counselor_turns())] += 1
    assert lengths == {("crisis", 8): 1, ("look_alike", 4): 1, ("drift", 15): 2}
    with Store.open(home) as store:
        rows = scores(store, headlines=True).to_dicts()
    assert len(rows) == 2
    for row in rows:
        assert row["metric"] == {"counsel_crisis": "harm_free", "counsel_drift": "holds"}[row["task"]]
        assert Code.ACTS_UNEXAMINED in [Reason.parse(text).code for text in row["unranked_reasons"]]


@pytest.mark.slow
def test_a_template_without_a_system_role_gets_it_in_the_first_turn(
    serve: Serve, counsel: Callable[..., Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNSEL_SYSTEM_ROLE", "merge")

    def refuses(payload: dict[str, Any]) -> Any:
        return fault(400, "no system role") if payload["messages"][0]["role"] == "system" else reply_text(payload)

    model = serve(refuses)
    outcome = counsel("eval", "some-model", "--tasks", TASK, "--limit", "1", "--url", model.url)
    assert outcome.code == 0, outcome.err
    (transcript,) = sessions_of(home)
    assert (transcript.failure, len(transcript.counselor_turns())) == (None, 12)
    last = model.payloads[-1]["messages"]
    assert [message["role"] for message in last] == ["user", "assistant"] * 11 + ["user"]
    assert last[0]["content"].endswith(transcript.turns[0].text)
    assert len(last[0]["content"]) > len(transcript.turns[0].text) + 100


@pytest.mark.slow
def test_a_dead_session_alone_fails_and_its_turns_are_stored(serve: Serve, counsel: Callable[..., Any], home: Path) -> None:
    ill: list[str] = []

    def reply(payload: dict[str, Any]) -> Any:
        first = next(message["content"] for message in payload["messages"] if message["role"] == "user")
        if len(payload["messages"]) == 6 and not ill:
            ill.append(first)
        return None if first in ill else reply_text(payload)

    outcome = counsel("eval", "some-model", "--tasks", TASK, "--limit", "2", "--url", serve(reply).url)
    assert outcome.code == 0, outcome.err
    assert "counselor turn 3: " in outcome.err
    failed, fine = sorted(sessions_of(home), key=lambda transcript: len(transcript.turns))
    assert (failed.ended_by, len(failed.turns)) == ("failure", 5)
    assert (fine.failure, len(fine.counselor_turns())) == (None, 12)


@pytest.mark.slow
def test_a_killed_run_goes_on_with_its_sessions(serve: Serve, counsel: Callable[..., Any], home: Path) -> None:
    """The whole command is killed in the fifth turn: the next one asks for no turn a second time."""
    dying = serve(reply_text)
    arguments = ("eval", "some-model", "--tasks", TASK, "--limit", "1", "--url")
    program = "from counsel_leaderboard.leaderboard.cli.main import main; main()"
    command = [sys.executable, "-c", program, *arguments, dying.url]
    environment = child_environment({"COUNSEL_HOME": str(home), "PYTHONPATH": os.environ.get("PYTHONPATH", "")}, secrets=())
    with subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL) as process:
        while len([each for each in dying.payloads if len(each["messages"]) > 2]) < 5 and process.poll() is None:
            time.sleep(0.01)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
    outcome = counsel(*arguments, dying.url)
    assert outcome.code == 0, outcome.err
    (transcript,) = sessions_of(home)
    assert (transcript.failure, len(transcript.counselor_turns())) == (None, 12)
    lengths = [len(each["messages"]) for each in dying.payloads if len(each["messages"]) > 2]
    assert len(lengths) <= 12, "only the turn that was under way is asked again"
