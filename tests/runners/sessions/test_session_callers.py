"""The session server's door: hostile bodies and callers get a 4xx, and nothing of them reaches the candidate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from counsel_leaderboard.registry.common.retry import Policy
from counsel_leaderboard.runners.sessions.session_server import ModelAddress, ServerPlan, application, session_server
from tests.support.sessions import GOOD_TURNS, hybrid, stage
from tests.support.stand_in_server import StandIn, standing_in

CARD = hybrid()
KEY = "candidate-key-0123456789"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def candidate() -> Iterator[StandIn]:
    with standing_in() as start:
        yield start(lambda _payload: GOOD_TURNS[0])


def plan(candidate: StandIn, folder: Path) -> ServerPlan:
    address = ModelAddress(candidate.base_url, "some-model")
    return ServerPlan(address, {CARD.id: CARD}, stage(), folder, policy=Policy(attempts=1, backoff_s=0.0))


def body(**changes: Any) -> dict[str, Any]:
    order = {"session": "s1", "client": CARD.id, "turns": 1, **changes.pop("order", {})}
    return {"model": "m", "messages": [{"role": "user", "content": json.dumps(order)}], "max_tokens": 9, **changes}


def answer(settings: ServerPlan, raw: bytes, headers: dict[str, str] | None = None) -> tuple[int, str]:
    async def call() -> tuple[int, str]:
        async with (
            session_server(settings, lambda _event: None) as server,
            TestClient(TestServer(application(server))) as client,
        ):
            response = await client.post("/v1/chat/completions", data=raw, headers=JSON | (headers or {}))
            return response.status, await response.text()

    return asyncio.run(call())


HOSTILE: dict[str, bytes] = {
    "deep": b"[" * 200_000,
    "deep in an object": b'{"messages":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "no UTF-8": b'{"messages": "\xff\xfe"}',
    "half a surrogate": json.dumps(
        body() | {"messages": [{"role": "system", "content": "\ud800"}, *body()["messages"]]}
    ).encode(),
    "NaN": json.dumps(body(temperature=float("nan"))).encode(),
    "infinity": json.dumps(body(temperature=float("inf"))).encode(),
    "beyond a float": json.dumps(body()).replace('"max_tokens": 9', '"max_tokens": 1e999').encode(),
    "ten thousand digits": json.dumps(body()).replace('"max_tokens": 9', f'"max_tokens": {"9" * 10_000}').encode(),
    "thirty digits": json.dumps(body(seed=10**30)).encode(),
    "a list for a number": json.dumps(body(max_tokens=[9])).encode(),
    "a text for a number": json.dumps(body(temperature="0" * 1000)).encode(),
    "a switch for a number": json.dumps(body(seed=True)).encode(),
    "no object": b'"text"',
    "nothing": b"",
    "many values": b'{"a":[' + b"0," * 100_000 + b"0]}",
    "too many turns": json.dumps(body(order={"turns": 10**9})).encode(),
    "a client that is a path": json.dumps(body(order={"client": "../../etc/passwd"})).encode(),
    "a session without end": json.dumps(body(order={"session": "x" * 100_000})).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused_and_reaches_nobody(candidate: StandIn, tmp_path: Path, name: str) -> None:
    status, text = answer(plan(candidate, tmp_path / "sessions"), HOSTILE[name])
    assert status == 400, text
    assert str(tmp_path) not in text
    assert len(text) < 2_000
    assert not candidate.payloads
    assert not list(tmp_path.rglob("*.jsonl"))


PAGES: dict[str, dict[str, str]] = {
    "of another site": {"Origin": "https://evil.example"},
    "that chooses a type it may": {"Content-Type": "text/plain"},
    "as a form": {"Content-Type": "application/x-www-form-urlencoded"},
    "under a name that leads here": {"Host": "evil.example:8100"},
    "under a name that begins like ours": {"Host": "127.0.0.1.evil.example"},
    "without a file's origin": {"Origin": "null"},
}


@pytest.mark.parametrize("page", PAGES)
def test_no_web_page_is_served(candidate: StandIn, tmp_path: Path, page: str) -> None:
    status, _ = answer(plan(candidate, tmp_path), json.dumps(body()).encode(), PAGES[page])
    assert status == 403
    assert not candidate.payloads


@pytest.mark.parametrize("given", [None, "Bearer ", "Bearer candidate-key", f"Basic {KEY}", f"Bearer {KEY}x", "Bearer \u00e9"])
def test_who_does_not_know_the_key_does_not_spend_it(candidate: StandIn, tmp_path: Path, given: str | None) -> None:
    whole = plan(candidate, tmp_path)
    settings = replace(whole, candidate=replace(whole.candidate, key=KEY))
    status, text = answer(settings, json.dumps(body()).encode(), {"Authorization": given} if given else None)
    assert (status, KEY in text) == (401, False)
    assert not candidate.payloads
    assert answer(settings, json.dumps(body()).encode(), {"Authorization": f"Bearer {KEY}"})[0] == 200


@pytest.mark.parametrize("host", ["localhost", "localhost:8100", "127.0.0.1:1", "[::1]:8100"])
def test_a_program_on_this_machine_is_served(candidate: StandIn, tmp_path: Path, host: str) -> None:
    status, text = answer(plan(candidate, tmp_path), json.dumps(body(temperature=0.5, seed=2**62)).encode(), {"Host": host})
    assert status == 200, text
    assert candidate.payloads
