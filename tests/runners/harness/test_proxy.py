"""The proxy: what is refused once, for a moment or for good, and what of it reaches lm_eval."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from counsel_leaderboard.registry.chat.errors import FEW_ATTEMPTS
from counsel_leaderboard.registry.chat.http import TIMEOUT_ATTEMPTS
from counsel_leaderboard.runners.engines import Served
from counsel_leaderboard.runners.harness.proxy import NOT_GENERATED_ANSWER, running_proxy
from tests.runners.harness.relayed import AT_MOST, OnceThen, ask, content
from tests.support.stand_in_server import CUT, StandIn, completion, fault


def prompt_of(payload: dict[str, Any]) -> str:
    return payload["messages"][-1]["content"]


def test_bodies_pass_unchanged_and_are_counted(serve, proxy):
    standin = serve(lambda payload: f"You said {prompt_of(payload)}")
    passing = proxy(standin)
    body = '{"model":"some-model", "messages":[{"role":"user","content":"Grüß dich"}],\n "temperature":0.0,"x":[1e2]}'.encode()
    assert content(ask(passing, body)) == "You said Grüß dich"
    assert content(ask(passing, "“again” ☂")) == "You said “again” ☂"
    assert standin.bodies[0] == body
    assert standin.headers[0]["Content-Type"] == "application/json"
    # Two answers of 7 prompt and 3 reply tokens each, as the stand-in says.
    assert passing.traffic.record() == {
        "answered": 2,
        "failed": 0,
        "retried": 0,
        "length_limited": 0,
        "truncated": 0,
        "filtered": 0,
        "odd_usage": 0,
        "prompt_tokens": 14,
        "completion_tokens": 6,
        "failures": [],
        "adapted": [],
    }
    assert passing.traffic.done == 2


def test_an_empty_reply_is_a_reply(serve, proxy):
    passing = proxy(serve(lambda _: ""))
    assert content(ask(passing)) == ""
    assert (passing.traffic.answered, passing.traffic.failed) == (1, 0)


@pytest.mark.parametrize("status", [400, 401, 404, 413, 422])
def test_a_refused_request_is_null_and_the_others_are_kept(serve, proxy, status):
    standin = serve(lambda payload: fault(status, "too long") if prompt_of(payload) == "no" else "Fine.")
    passing = proxy(standin)
    answers = [ask(passing, text) for text in ("a", "no", "b")]
    assert [content(answer) for answer in answers] == ["Fine.", None, "Fine."]
    assert answers[1] == NOT_GENERATED_ANSWER
    assert len(standin.bodies) == 3  # asking again would give the same
    assert (passing.traffic.answered, passing.traffic.failed, passing.traffic.retried) == (2, 1, 0)
    assert passing.traffic.failures == passing.traffic.record()["failures"] == [f"HTTP {status}"]
    assert passing.traffic.messages == [f"HTTP {status}: too long"]


PASSING = {
    "500": fault(500),
    "503": fault(503),
    "429": fault(429, Retry_After="0"),
    "closed connection": CUT,
    "malformed JSON": fault(200, '{"choices": ['),
    "no JSON at all": fault(200, "<html>"),
    "empty body": fault(200, ""),
    "no choices": {"choices": []},
    "null choices": {"choices": None},
    "no message": {"choices": [{"index": 0}]},
    "an error as an answer": {"error": {"message": "try later"}},
}


@pytest.mark.parametrize("name", PASSING)
def test_what_may_pass_is_asked_again(serve, proxy, name):
    standin = serve(OnceThen("Fine.", PASSING[name]))
    passing = proxy(standin)
    assert content(ask(passing)) == "Fine."
    assert len(standin.bodies) == 2
    assert standin.bodies[0] == standin.bodies[1]
    assert (passing.traffic.answered, passing.traffic.failed, passing.traffic.retried) == (1, 0, 1)


@pytest.mark.parametrize("name", PASSING)
def test_what_does_not_pass_ends_as_null(serve, proxy, name):
    standin = serve(lambda _: PASSING[name])
    passing = proxy(standin)
    assert ask(passing) == NOT_GENERATED_ANSWER
    attempts = AT_MOST.get(name, FEW_ATTEMPTS)
    assert len(standin.bodies) == attempts
    assert (passing.traffic.answered, passing.traffic.failed, passing.traffic.retried) == (0, 1, attempts - 1)
    assert len(passing.traffic.failures) == 1


def test_null_content_is_told_as_null(serve, proxy):
    standin = serve(lambda _: None)
    passing = proxy(standin)
    assert content(ask(passing)) is None
    assert len(standin.bodies) == 1
    assert passing.traffic.failures == ["the answer's content is null"]


def test_waits_as_long_as_the_server_asks(serve, proxy):
    passing = proxy(serve(OnceThen("Fine.", fault(429, Retry_After="1"))))
    started = time.monotonic()
    assert content(ask(passing)) == "Fine."
    assert time.monotonic() - started >= 1.0  # a lower bound, which no load can break


def test_a_date_to_wait_for_is_not_waited_for(serve, proxy):
    passing = proxy(serve(OnceThen("Fine.", fault(503, Retry_After="Wed, 21 Oct 2099 07:28:00 GMT"))))
    assert content(ask(passing)) == "Fine."


@pytest.mark.parametrize(
    "usage",
    [
        None,
        "many",
        [7, 3],
        {},
        {"prompt_tokens": None, "completion_tokens": "3"},
        {"prompt_tokens": {}, "completion_tokens": []},
    ],
)
def test_an_unreadable_usage_costs_nothing_but_its_count(serve, proxy, usage):
    passing = proxy(serve(lambda _: completion("Fine.", usage=usage)))
    assert content(ask(passing)) == "Fine."
    assert (passing.traffic.answered, passing.traffic.prompt_tokens, passing.traffic.completion_tokens) == (1, 0, 0)


def test_one_request_gets_one_choice_with_its_number(serve, proxy):
    """lm-eval files choices by `index`, reads one without it as an empty reply, and takes several for several answers."""
    choices = [{"message": {"role": "assistant", "content": text}, "index": 7} for text in ("first", "second")]
    del choices[0]["index"]
    passing = proxy(serve(lambda _: {"choices": choices}))
    assert content(ask(passing)) == "first"


def test_half_a_surrogate_pair_becomes_a_question_mark(serve, proxy):
    """No UTF-8 file can hold one, so lm-eval would lose every sample of the task."""
    passing = proxy(serve(lambda _: "Good \ud83d"))
    assert content(ask(passing)) == "Good ?"


def test_replies_cut_at_their_budget_are_counted(serve, proxy):
    cut = completion("Well,")
    cut["choices"][0]["finish_reason"] = "length"
    passing = proxy(serve(OnceThen("Fine.", cut, cut)))
    for _ in range(3):
        ask(passing)
    assert (passing.traffic.answered, passing.traffic.length_limited) == (3, 2)


def test_the_key_comes_from_the_environment_alone(serve, proxy, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "secret\r\n")
    standin = serve(lambda _: "Fine.")
    for variable in ("SOME_KEY", "UNSET_KEY", None):
        ask(proxy(standin, api_key_env=variable))
    assert [headers.get("Authorization") for headers in standin.headers] == ["Bearer secret", None, None]


def test_an_engine_that_is_gone_gives_nulls(serve, proxy):
    passing = proxy(StandIn(lambda _: "", url="http://127.0.0.1:1"))
    assert ask(passing) == NOT_GENERATED_ANSWER
    assert passing.traffic.failures == ["connection failed: ConnectError: Connection refused"]


def test_a_silent_engine_is_given_up_soon(serve):
    standin = serve(lambda _: asyncio.sleep(300))
    with running_proxy(Served(standin.base_url, "some-model"), request_seconds=0.2) as passing:
        assert ask(passing) == NOT_GENERATED_ANSWER
    assert passing.traffic.failures == ["no answer within 0.2 s"]
    assert len(standin.bodies) == TIMEOUT_ATTEMPTS


def test_requests_are_passed_at_the_same_time(serve, proxy):
    """The stand-in answers only once it holds all eight, so a proxy that queues them would never end."""
    waiting: list[str] = []

    async def reply(payload: dict[str, Any]) -> str:
        waiting.append(prompt_of(payload))
        while len(waiting) < 8:
            await asyncio.sleep(0.01)
        return "All in."

    passing = proxy(serve(reply))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: content(ask(passing, str(n))), range(8)))
    assert answers == ["All in."] * 8


def test_the_address_is_free_again_after_the_block(serve):
    with running_proxy(Served(f"{serve(lambda _: 'Fine.').url}/v1", "some-model")) as passing:
        ask(passing)
    with pytest.raises(httpx.ConnectError):
        ask(passing)


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer of-lm-eval", "Basic eDp5", "Bearer \u00e9"])
def test_who_does_not_know_the_key_of_the_run_is_refused(serve, proxy, header):
    standin = serve(lambda _: "Fine.")
    passing = proxy(standin)
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = httpx.post(f"{passing.base_url}/chat/completions", json={"messages": []}, headers=headers, trust_env=False)
    assert (answer.status_code, standin.bodies, passing.traffic.done) == (401, [], 0)
    assert passing.key not in repr(passing)


def test_each_run_has_another_key(serve, proxy):
    standin = serve(lambda _: "Fine.")
    assert proxy(standin).key != proxy(standin).key
