"""A client's model behind its gate: stand-ins that obey, leak, stay silent or leave their role."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.registry.common.retry import Policy
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, read_transcript
from counsel_leaderboard.runners.sessions.session_request import read_request
from counsel_leaderboard.runners.sessions.session_server import ModelAddress, ServerPlan, session_server
from tests.support.sessions import GOOD_TURNS, hybrid, stage
from tests.support.stand_in_server import StandIn, fault, standing_in

CLIENTS = {hybrid().id: hybrid()}
TURNS = 5


@pytest.fixture
def start() -> Iterator[Callable[..., StandIn]]:
    with standing_in() as begin:
        yield begin


def candidate(payload: dict[str, Any]) -> str:
    return GOOD_TURNS[sum(message["role"] == "assistant" for message in payload["messages"])]


def line_of(payload: dict[str, Any]) -> str:
    asked: str = payload["messages"][-1]["content"]
    return asked.rpartition("words: ")[2].partition("\nThis tells")[0]


def played(start: Callable[..., StandIn], folder: Path, reply: Any) -> tuple[SessionTranscript, StandIn]:
    speaking = start(reply)
    settings = ServerPlan(
        ModelAddress(start(candidate).base_url, "some-model"), CLIENTS, stage(), folder,
        client_model=ModelAddress(speaking.base_url, "a-client-model"), policy=Policy(attempts=2, backoff_s=0.0),
    )  # fmt: skip
    order = {"session": "s", "client": hybrid().id, "turns": TURNS}

    async def run() -> str:
        async with session_server(settings) as server:
            request = read_request({"messages": [{"role": "user", "content": json.dumps(order)}]}, CLIENTS)
            return await server.answer(request)

    return read_transcript(asyncio.run(run())), speaking


def scripted(start: Callable[..., StandIn], folder: Path) -> list[str]:
    transcript, _ = played(start, folder / "scripted", lambda payload: line_of(payload))
    return [turn.text for turn in transcript.turns if turn.speaker == "client"]


def lines(transcript: SessionTranscript) -> list[Any]:
    return [turn for turn in transcript.turns if turn.speaker == "client"][1:]


def test_an_obedient_model_words_the_lines(start: Callable[..., StandIn], tmp_path: Path) -> None:
    transcript, speaking = played(start, tmp_path, lambda payload: f"Well. {line_of(payload)}")
    worded = [turn for turn in lines(transcript) if turn.author == "a-client-model"]
    assert len(worded) >= 3
    assert all(turn.text.startswith("Well. ") for turn in worded)
    assert transcript.client_model == "a-client-model"
    assert {payload["temperature"] for payload in speaking.payloads} == {0}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (lambda payload: f"{line_of(payload)} And my eyes are going, I am blind.", "leak of eye-disease"),
        (lambda payload: "", "empty"),
        (lambda payload: "As an AI I cannot play a client.", "another role"),
        (lambda payload: f"Counselor: and how is that? {line_of(payload)}", "another role"),
        (lambda payload: f"{line_of(payload)} " + "And so on and on it goes. " * 30, "too long"),
        (lambda payload: "Bananas are yellow fruits.", "another content"),
        (lambda payload: None, "no wording"),
        (lambda payload: fault(500)(), "no wording: HTTP 500"),
    ],
    ids=["leak", "silent", "role", "other role", "long", "other", "null", "500"],
)
def test_what_may_not_be_spoken_is_replaced(start: Callable[..., StandIn], tmp_path: Path, reply: Any, reason: str) -> None:
    transcript, _ = played(start, tmp_path, reply)
    assert transcript.failure is None
    assert {turn.author for turn in lines(transcript)} == {"script"}
    refused = [turn for turn in lines(transcript) if turn.rule and reason in turn.rule]
    assert refused
    assert [turn.text for turn in transcript.turns if turn.speaker == "client"] == scripted(start, tmp_path)


def test_the_same_wording_is_asked_once(start: Callable[..., StandIn], tmp_path: Path) -> None:
    first, _ = played(start, tmp_path, lambda payload: f"Well. {line_of(payload)}")
    for file in tmp_path.glob("*.jsonl"):
        file.unlink()
    second, speaking = played(start, tmp_path, lambda payload: f"Other. {line_of(payload)}")
    assert speaking.payloads == []
    assert [turn.text for turn in first.turns] == [turn.text for turn in second.turns]
