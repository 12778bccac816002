"""What each control answers, over HTTP as any model is asked."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from aiohttp.test_utils import TestClient, TestServer

from counsel_leaderboard.runners.engines import CONTROLS, ControlEngine
from counsel_leaderboard.runners.engines.chat_server import application
from counsel_leaderboard.runners.engines.controls import mean_curve
from counsel_leaderboard.runners.engines.controls.injections import FORMS
from counsel_leaderboard.runners.errors import UnknownModelError
from counsel_leaderboard.tasks.counsel_trajectory_rating import task as rating

TALK = [
    {"role": "system", "content": "Be a counselor."},
    {"role": "user", "content": "I sleep badly."},
    {"role": "assistant", "content": "Since when?"},
    {"role": "user", "content": "Since spring — “always”."},
]


def post(name: str, body: bytes) -> tuple[int, dict]:
    """Status and JSON of one request to that control's server."""

    async def ask() -> tuple[int, dict]:
        async with TestClient(TestServer(application(name, lambda asked: CONTROLS[name].answer(asked["messages"])))) as client:
            response = await client.post("/v1/chat/completions", data=body)
            return response.status, await response.json()

    return asyncio.run(ask())


def answer(name: str, messages: list[dict[str, str]]) -> str:
    status, body = post(name, json.dumps({"messages": messages, "model": "x", "max_tokens": 5}).encode())
    assert status == 200
    (choice,) = body["choices"]
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
    warm, repeated = (answer(name, TALK) for name in ("template", "repeat"))
    assert warm.startswith("Thank you for telling me this.")
    assert repeated.count(warm) == 6
    assert answer("questions", TALK).count("?") == 3
    assert answer("lecture", TALK).count("should") == 2
    # The same for everybody: nothing of the conversation comes back.
    for name in ("template", "repeat", "questions", "lecture"):
        assert answer(name, TALK[:2]) == answer(name, TALK)


def client_turn(words: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": words}]


def test_every_form_of_injection_is_used_and_each_item_keeps_its_own():
    items = [f"client {number}" for number in range(60)]
    given = [answer("inject", client_turn(item)) for item in items]
    assert set(given) == set(FORMS.values())
    assert [answer("inject", client_turn(item)) for item in items] == given
    warm = answer("template", TALK)
    assert [answer("template-inject", client_turn(item)) for item in items] == [f"{warm}\n\n{text}" for text in given]


def test_the_mean_arc_finds_case_and_turn_by_the_text():
    """The prompts of the task itself; its documents hold the leave-one-out mean, which this control may not read from them."""
    docs = rating.documents().docs[:4]
    assert len({doc["cluster"] for doc in docs}) == 4
    for doc in docs:
        answers = [answer("mean-arc", request) for request in rating.messages(doc)]
        assert answers == [f"{level:.1f}" for level in doc["baseline"]]


def test_the_mean_arc_tells_clients_with_the_same_words_apart():
    """By hand: both clients end on "Yes."; what stands before says whose it is. At nobody's words it has no number."""
    assert answer("mean-arc", client_turn("Client: Something that nobody says in the bank.")) == mean_curve.UNKNOWN
    first, second = ("I came by train.", "Yes."), ("I walked here.", "Yes.")
    prompt = "Client: I walked here.\n\nClient: Yes.\n\nHow distressed?"
    assert mean_curve.end(prompt, second) > mean_curve.end(prompt, first)
    assert mean_curve.end("Client: No.", first)[0] == -1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("question-machine", "Tell me more."), ("long-lecture", "Emotions have"), ("parrot", "I am tired. What is"),
        ("number-only", "Please call"),
    ],
)  # fmt: skip
def test_counselors_of_whole_sessions_answer_the_last_turn(name, words):
    talk = [("system", "Be kind."), ("user", "Hello."), ("assistant", "Hi."), ("user", "I am tired.")]
    answer = CONTROLS[name].answer([{"role": role, "content": content} for role, content in talk])
    assert answer.startswith(words)
    assert CONTROLS[name].answer([]) == ""


def test_every_control_is_tested_above_and_fits_a_task():
    names = {"pick-first", "constant-50", "mean-arc", "empty", "echo", "template", "repeat", "inject", "template-inject"}
    names |= {"questions", "lecture"}
    names |= {"question-machine", "long-lecture", "parrot", "number-only"}
    assert set(CONTROLS) == {f"letter-{letter}" for letter in "abcde"} | names
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
    status, answer = post(name, body)
    assert status == 400
    assert "messages" in answer["error"]["message"]


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
        models = httpx.get(f"{served.base_url}/models", trust_env=False).json()
    assert [entry["id"] for entry in models["data"]] == ["empty"]
