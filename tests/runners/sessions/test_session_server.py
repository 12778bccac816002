"""The session server with stand-ins for the candidate: whole sessions, bad candidates, kills and resumes."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.common.processes.child_environment import child_environment
from counsel_leaderboard.registry.common.retry import Policy
from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.engine.playing import PlaysClient, Stage
from counsel_leaderboard.registry.sessions.engine.session_state import ClientMove
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, read_transcript
from counsel_leaderboard.runners.sessions.session_player import MOST_CHARACTERS, Bounds
from counsel_leaderboard.runners.sessions.session_request import SessionRequestError, read_request
from counsel_leaderboard.runners.sessions.session_server import ModelAddress, ServerPlan, session_server
from tests.support.sessions import GOOD_TURNS, hybrid, led, stage
from tests.support.stand_in_server import CUT, StandIn, completion, fault, standing_in

Start = Callable[..., StandIn]
CLIENTS = {card.id: card for card in (hybrid(), led())}


@pytest.fixture
def start() -> Iterator[Start]:
    with standing_in() as begin:
        yield begin


def good(payload: dict[str, Any]) -> str:
    turn = sum(message["role"] == "assistant" for message in payload["messages"])
    return GOOD_TURNS[turn % len(GOOD_TURNS)] + f" ({turn})"


def body(client: str = "client-dragan", turns: int = 5, session: str = "s1", **more: Any) -> dict[str, Any]:
    order = {"session": session, "client": client, "turns": turns}
    messages = [{"role": "system", "content": "You are a counselor."}, {"role": "user", "content": json.dumps(order)}]
    return {"model": "m", "messages": messages, "max_tokens": 99, "temperature": 0, **more}


def plan(candidate: StandIn, folder: Path, **more: Any) -> ServerPlan:
    address = ModelAddress(candidate.base_url, "some-model")
    return ServerPlan(address, CLIENTS, stage(), folder, policy=Policy(attempts=3, backoff_s=0.0), **more)


def played(settings: ServerPlan, *bodies: dict[str, Any]) -> list[SessionTranscript]:
    async def run() -> list[SessionTranscript]:
        async with session_server(settings) as server:
            requests = [read_request(each, settings.clients) for each in bodies]
            return [read_transcript(text) for text in await asyncio.gather(*map(server.answer, requests))]

    return asyncio.run(run())


def without_times(transcript: SessionTranscript) -> str:
    turns = tuple(turn.model_copy(update={"milliseconds": None}) for turn in transcript.turns)
    return transcript.model_copy(update={"turns": turns}).model_dump_json()


def test_a_session_is_played_in_turns(start: Start, tmp_path: Path) -> None:
    candidate = start(good)
    (transcript,) = played(plan(candidate, tmp_path), body())
    assert [turn.speaker for turn in transcript.turns] == ["client", "counselor"] * 5
    assert transcript.ended_by == "turn limit"
    assert transcript.failure is None
    assert candidate.payloads[0]["messages"][0] == {"role": "system", "content": "You are a counselor."}
    assert candidate.payloads[1]["messages"][1:4] == [
        {"role": role, "content": transcript.turns[index].text} for index, role in enumerate(("user", "assistant", "user"))
    ]
    assert {turn.tokens for turn in transcript.counselor_turns()} == {3}
    assert transcript.disclosed
    for disclosure in transcript.disclosed:
        assert transcript.turns[disclosure.turn].speaker == "client"


def test_a_fixed_side_is_played_whatever_is_answered(start: Start, tmp_path: Path) -> None:
    (transcript,) = played(plan(start(lambda _: "Bananas."), tmp_path), body("ctrs-yewande", turns=12))
    spoken = [turn.text for turn in transcript.turns if turn.speaker == "client"]
    assert len(spoken) == 12
    assert all(turn.text in text for turn, text in zip(led().turns, spoken[1:], strict=True))


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (None, "null"),
        (lambda: web.json_response({"error": {"message": "no"}}, status=400), "HTTP 400"),
        (fault(500), "HTTP 500"),
        (CUT, "connection failed"),
        (completion("", choices=[{"message": {"content": "", "reasoning_content": "Hm."}}]), "reasoning and no reply"),
        (completion("", choices=[{"message": {"content": None, "tool_calls": [{"id": "1"}]}}]), "null"),
        ({"odd": True}, "not a chat completion"),
    ],
    ids=["null", "400", "500", "closes", "reasoning", "tool calls", "no completion"],
)
def test_a_turn_that_fails_ends_its_session_alone(start: Start, tmp_path: Path, reply: Any, reason: str) -> None:
    def answer(payload: dict[str, Any]) -> Any:
        ill = payload["messages"][0]["content"] == "ill" and len(payload["messages"]) == 6
        return reply if ill else good(payload)

    ill = body(session="ill")
    ill["messages"][0]["content"] = "ill"
    failed, fine = played(plan(start(answer), tmp_path), ill, body(session="fine"))
    assert failed.ended_by == "failure"
    assert reason in (failed.failure or "")
    assert failed.failure is not None
    assert failed.failure.startswith("counselor turn 3")
    assert len(failed.turns) == 5
    assert (len(fine.turns), fine.failure) == (10, None)


@pytest.mark.parametrize("text", ["", "x" * 50_000, "Client: I am sad.\nCounselor: Oh.", "<think>a</think>Hello you."])
def test_odd_texts_are_turns(start: Start, tmp_path: Path, text: str) -> None:
    (transcript,) = played(plan(start(lambda _: text), tmp_path), body())
    assert transcript.failure is None
    assert len(transcript.turns) >= 8
    assert all(len(turn.text) <= MOST_CHARACTERS for turn in transcript.turns)
    assert all(turn.text for turn in transcript.turns if turn.speaker == "client")


def test_a_cut_thought_is_no_reply(start: Start, tmp_path: Path) -> None:
    (transcript,) = played(plan(start(lambda _: "<think>a thought"), tmp_path), body())
    assert (transcript.failure, len(transcript.turns)) == ("counselor turn 1: reasoning and no reply", 1)


def test_sessions_are_bounded(start: Start, tmp_path: Path) -> None:
    candidate = start(good)
    (spent,) = played(plan(candidate, tmp_path, bounds=Bounds(tokens=6)), body())
    assert (spent.failure, len(spent.counselor_turns())) == ("the session's 6 tokens are spent", 2)

    async def slow(payload: dict[str, Any]) -> str:
        await asyncio.sleep(0.5)
        return good(payload)

    (late,) = played(plan(start(slow), tmp_path / "late", bounds=Bounds(seconds=0.2)), body())
    assert late.failure == "the session took more than 0.2 s"


def test_the_same_session_at_once_is_played_once(start: Start, tmp_path: Path) -> None:
    candidate = start(good)
    first, second = played(plan(candidate, tmp_path), body(), body())
    assert first == second
    assert len(candidate.payloads) == 5


def interrupted(start: Start, folder: Path, after: int, torn: bool) -> tuple[SessionTranscript, SessionTranscript]:
    """An uninterrupted session, and one whose server ended after some answers, with half a line at the end of its file."""
    (whole,) = played(plan(start(good), folder / "whole"), body(turns=7))
    answered = 0

    def dying(payload: dict[str, Any]) -> Any:
        nonlocal answered
        answered += 1
        return good(payload) if answered <= after else fault(400)

    played(plan(start(dying), folder / "cut"), body(turns=7))
    (file,) = (folder / "cut").glob("*.jsonl")
    if torn:
        raw = file.read_bytes()
        file.write_bytes(raw[: random.Random(after).randrange(len(raw) // 2, len(raw))])
    (resumed,) = played(plan(start(good), folder / "cut"), body(turns=7))
    return whole, resumed


@pytest.mark.parametrize("torn", [False, True])
def test_a_resumed_session_is_the_same(start: Start, tmp_path: Path, torn: bool) -> None:
    whole, resumed = interrupted(start, tmp_path, 4, torn)
    assert without_times(whole) == without_times(resumed)


PLAYS = """
import asyncio, json, sys
from pathlib import Path
from counsel_leaderboard.runners.sessions.session_request import read_request
from counsel_leaderboard.runners.sessions.session_server import ModelAddress, ServerPlan, session_server
from tests.support.sessions import hybrid, stage

async def play():
    clients = {hybrid().id: hybrid()}
    plan = ServerPlan(ModelAddress(sys.argv[1], "some-model"), clients, stage(), Path(sys.argv[2]))
    async with session_server(plan) as server:
        await server.answer(read_request(json.loads(sys.argv[3]), clients))

asyncio.run(play())
"""


@pytest.mark.crash
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_a_random_turn_a_session_goes_on_the_same(start: Start, tmp_path: Path, seed: int) -> None:
    """A process of its own plays, and is killed with -9 while the engine answers a random turn."""
    (whole,) = played(plan(start(good), tmp_path / "whole"), body(turns=7))
    deadly = random.Random(seed).randrange(7)
    children = list[subprocess.Popen[bytes]]()

    def killing(payload: dict[str, Any]) -> Any:
        if sum(message["role"] == "assistant" for message in payload["messages"]) == deadly:
            children[0].kill()
        return good(payload)

    argv = [sys.executable, "-c", PLAYS, start(killing).base_url, str(tmp_path / "cut"), json.dumps(body(turns=7))]
    environment = child_environment({"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}, secrets=())
    children.append(subprocess.Popen(argv, env=environment))
    assert children[0].wait(60) == -signal.SIGKILL
    (resumed,) = played(plan(start(good), tmp_path / "cut"), body(turns=7))
    assert without_times(whole) == without_times(resumed)


class BrokenStage(Stage):
    """A stage on which one client's script breaks off at its third answer."""

    def __init__(self, fault: Exception) -> None:
        self.embed, self._fault = stage().embed, fault

    def engine(self, card: HybridClient | LedClient) -> PlaysClient:
        engine = stage().engine(card)
        return engine if card.id != hybrid().id else BrokenEngine(engine, self._fault)


class BrokenEngine:
    """The engine of a script that breaks off."""

    def __init__(self, engine: PlaysClient, fault: Exception) -> None:
        self._engine, self._fault, self._answers, self.state = engine, fault, 0, engine.state

    def opening(self) -> ClientMove:
        return self._engine.opening()

    def answer(self, text: str) -> ClientMove:
        self._answers += 1
        if self._answers == 3:
            raise self._fault
        return self._engine.answer(text)


@pytest.mark.parametrize(
    "broken",
    [KeyError("line-7"), DataError("rule `moody` is unknown"), RecursionError("maximum recursion depth exceeded")],
    ids=["a missing line", "an unknown rule", "a loop"],
)
def test_a_script_that_breaks_off_is_named_and_ends_its_session_alone(start: Start, tmp_path: Path, broken: Exception) -> None:
    settings = replace(plan(start(good), tmp_path), stage=BrokenStage(broken))
    failed, fine = played(settings, body(), body("ctrs-yewande"))
    assert failed.failure is not None
    assert failed.failure.startswith(f"the script of client {hybrid().id} cannot be played on")
    assert str(broken) in failed.failure
    assert len(failed.turns) == 6
    assert (fine.failure, len(fine.turns)) == (None, 10)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_resumed_at_twenty_random_turns(start: Start, tmp_path: Path, seed: int) -> None:
    whole, resumed = interrupted(start, tmp_path, random.Random(seed).randrange(7), seed % 2 == 0)
    assert without_times(whole) == without_times(resumed)


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "messages"),
        ([{"role": "user", "content": "Hello"}], "no session"),
        ([{"role": "user", "content": '{"session": "a", "client": "nobody", "turns": 3}'}], "no client 'nobody'"),
        ([{"role": "user", "content": '{"session": "a", "client": "client-dragan", "turns": 999}'}], "turns"),
    ],
)
def test_a_request_without_a_session_is_named(messages: list[Any], words: str) -> None:
    with pytest.raises(SessionRequestError, match=words):
        read_request({"messages": messages}, CLIENTS)


def test_a_template_without_a_system_role_gets_the_text_in_the_first_turn(start: Start, tmp_path: Path) -> None:
    standin = start(good)
    asked = body(turns=2)
    order = {**json.loads(asked["messages"][-1]["content"]), "merge_system": True}
    asked["messages"] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": json.dumps(order)}]
    played(plan(standin, tmp_path), asked)
    for payload in standin.payloads:
        assert {message["role"] for message in payload["messages"]} <= {"user", "assistant"}
        assert payload["messages"][0]["content"].startswith("Be brief.\n\n")
