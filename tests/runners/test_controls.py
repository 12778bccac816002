"""What each control answers, over HTTP as any model is asked."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from aiohttp.test_utils import TestClient, TestServer

from runners.engines import CONTROLS, ControlEngine
from runners.engines.control_server import application
from runners.errors import UnknownModelError

TALK = [
    {"role": "system", "content": "Be a counselor."},
    {"role": "user", "content": "I sleep badly."},
    {"role": "assistant", "content": "Since when?"},
    {"role": "user", "content": "Since spring — “always”."},
]


def post(name: str, body: bytes) -> tuple[int, dict]:
    """Status and JSON of one request to that control's server."""

    async def ask() -> tuple[int, dict]:
        async with TestClient(TestServer(application(CONTROLS[name]))) as client:
            response = await client.post("/v1/chat/completions", data=body)
            return response.status, await response.json()

    return asyncio.run(ask())


def answer(name: str, messages: list[dict[str, str]]) -> str:
    status, found = post(name, json.dumps({"messages": messages, "model": "x", "max_tokens": 5}).encode())
    assert status == 200
    (choice,) = found["choices"]
    assert (choice["index"], choice["finish_reason"], choice["message"]["role"]) == (0, "stop", "assistant")
    return choice["message"]["content"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((f"letter-{letter.lower()}", letter) for letter in "ABCDE"),
        ("pick-first", "A"),
        ("constant-50", "50"),
        ("empty", ""),
        ("echo", "Since spring — “always”."),
    ],
)
def test_short_answers(name, expected):
    assert answer(name, TALK) == expected


def test_long_answers():
    warm, repeated, injected = (answer(name, TALK) for name in ("template", "repeat", "inject"))
    assert warm.startswith("Thank you for telling me this.")
    assert repeated.count(warm) == 6
    assert "evaluator" in injected
    # The same for everybody: nothing of the conversation comes back.
    assert [answer(name, TALK[:2]) for name in ("template", "repeat", "inject")] == [warm, repeated, injected]


def test_every_control_is_tested_above_and_fits_a_task():
    letters = {f"letter-{letter}" for letter in "abcde"}
    assert set(CONTROLS) == letters | {"pick-first", "constant-50", "empty", "echo", "template", "repeat", "inject"}
    assert all(control.tasks and control.shows for control in CONTROLS.values())


@pytest.mark.parametrize("name", ["echo", "letter-a"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"messages": 5}',
        b'{"messages": []}',
        b'{"messages": "Hello."}',
        b'{"messages": ["Hello."]}',
        b'{"messages": [{"role": "user"}]}',
        b'{"messages": [{"role": "user", "content": null}]}',
    ],
)
def test_a_body_that_is_no_chat_request_is_refused(name, body):
    status, found = post(name, body)
    assert status == 400
    assert "messages" in found["error"]["message"]


def test_an_unknown_control_names_the_ones_there_are():
    with pytest.raises(UnknownModelError, match=r"no control 'letter-z'; there are constant-50, .*template"):
        ControlEngine("letter-z")


def test_a_control_is_recorded_as_one():
    spec = ControlEngine("echo")
    assert (spec.role, spec.model.name, spec.model.parameters, spec.describe().kind) == (
        "control",
        "control/echo",
        0,
        "control",
    )


def test_the_server_lists_its_control():
    with ControlEngine("empty").serve() as served:
        found = httpx.get(f"{served.base_url}/models", trust_env=False).json()
    assert [entry["id"] for entry in found["data"]] == ["empty"]
