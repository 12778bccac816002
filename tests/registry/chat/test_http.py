"""The one client of model servers: what it asks again, in which form, and what it does not read."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from aiohttp import web

from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.answers import ChatAnswer
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.common.retry import Policy
from tests.support.stand_in_server import StandIn, completion, fault

AT_ONCE = Policy(attempts=8, backoff_s=0.0)
BODY = {
    "model": "m",
    "messages": [],
    "max_tokens": 9,
    "temperature": 0,
    "stop": [],
    "seed": 1,
    "response_format": {"type": "x"},
}


def ask(standin: StandIn, *bodies: dict[str, Any]) -> tuple[list[ChatAnswer], chat_http.ChatEndpoint]:
    async def run() -> tuple[list[ChatAnswer], chat_http.ChatEndpoint]:
        url = f"{standin.base_url}/chat/completions"
        async with httpx.AsyncClient(**chat_http.options(url, headers={}, timeout_s=10)) as http:
            endpoint = chat_http.ChatEndpoint(http, url, 10, AT_ONCE)
            return [await endpoint.ask(body) for body in bodies], endpoint

    return asyncio.run(run())


def refusing(**messages: str) -> Any:
    """A server that refuses each of these fields with its message, as long as it is sent."""

    def reply(payload: dict[str, Any]) -> Any:
        refused = next((message for name, message in messages.items() if name in payload), None)
        return web.json_response({"error": {"message": refused}}, status=400) if refused else "Fine."

    return reply


MAX_TOKENS = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."


@pytest.mark.parametrize(
    ("messages", "without", "record"),
    [
        ({"max_tokens": MAX_TOKENS}, {"max_tokens"}, ["max_tokens as max_completion_tokens"]),
        ({"temperature": "'temperature' does not support 0 with this model."}, {"temperature"}, ["without temperature"]),
        ({"stop": "Invalid 'stop': empty array."}, {"stop"}, ["without stop"]),
        ({"response_format": "response_format is not supported"}, {"response_format"}, ["without response_format"]),
        # Not in the list of faults:
        ({"seed": "Unrecognized request argument supplied: seed"}, {"seed"}, ["without seed"]),
        (
            {"max_tokens": MAX_TOKENS, "temperature": "temperature", "stop": "stop_sequences: empty"},
            {"max_tokens", "temperature", "stop"},
            ["max_tokens as max_completion_tokens", "without stop", "without temperature"],
        ),
        ({"response_format": "what is this?"}, {"response_format"}, ["without response_format"]),
    ],
)
def test_a_server_is_asked_in_the_form_that_it_names_and_that_is_remembered(
    serve: Any, messages: dict[str, str], without: set[str], record: list[str]
) -> None:
    standin = serve(refusing(**messages))
    answers, endpoint = ask(standin, BODY, BODY)
    assert [answer.text for answer in answers] == ["Fine.", "Fine."]
    assert endpoint.adaptation.record() == record
    assert len(standin.payloads) == len(messages) + 2
    assert not without & set(standin.payloads[-1])
    if "max_tokens" in without:
        assert standin.payloads[-1]["max_completion_tokens"] == 9


def test_json_objects_are_asked_for_where_schemas_are_refused(serve: Any) -> None:
    def reply(payload: dict[str, Any]) -> Any:
        kind = payload["response_format"]["type"]
        message = "response_format.type: must be 'text' or 'json_object'"
        return "{}" if kind == "json_object" else web.json_response({"error": message}, status=422)

    _, endpoint = ask(serve(reply), BODY)
    assert endpoint.adaptation.record() == ["response_format as json_object"]


@pytest.mark.parametrize("message", ["too long", "'max_tokens' or 'max_completion_tokens' is too large", "stream must be true"])
def test_what_no_form_helps_keeps_the_servers_own_message_and_nothing_is_remembered(serve: Any, message: str) -> None:
    standin = serve(lambda _: web.json_response({"error": {"message": message}}, status=400))
    with pytest.raises(NoAnswerError, match="HTTP 400") as raised:
        ask(standin, {"model": "m", "messages": [], "max_tokens": 9})
    assert raised.value.message == message


@pytest.mark.parametrize(
    "refusal",
    [
        (500,),
        (500, '{"error": {"message": "response_format is not supported", "code": 500}}'),
        (501, "not implemented"),
        (400, "guided decoding needs a backend that is not installed: response_format"),
        (422, "response_format: Extra inputs are not permitted"),
    ],
)
def test_an_error_for_a_constraint_is_asked_without_it(serve: Any, refusal: Any) -> None:
    standin = serve(lambda payload: fault(*refusal) if "response_format" in payload else "Fine.")
    answers, endpoint = ask(standin, BODY, BODY)
    assert [answer.text for answer in answers] == ["Fine."] * 2
    assert (len(standin.payloads), endpoint.retried) == (3, 0)


def test_stops_that_a_server_refuses_are_cut_here(serve: Any) -> None:
    def reply(payload: dict[str, Any]) -> Any:
        return fault(400, "stop is not supported") if "stop" in payload else "Fine.\nClient: and on\nClient: on"

    (answer,), _ = ask(serve(reply), BODY | {"stop": ["\nClient:", "never"]})
    assert answer.text == "Fine."


@pytest.mark.parametrize("retry_after", ["0", "0.0", "soon", "-5", "", "Thu, 01 Jan 1970 00:00:00 GMT"])
@pytest.mark.parametrize("status", [429, 425, 502])
def test_whatever_a_busy_server_says_of_when_it_is_asked_again(serve: Any, status: int, retry_after: str) -> None:
    replies = iter([fault(status, "busy", Retry_After=retry_after)] * 3 + ["Fine."])
    (answer,), endpoint = ask(serve(lambda _: next(replies)), BODY)
    assert (answer.text, endpoint.retried) == ("Fine.", 3)


@pytest.mark.parametrize("status", [429, 503, 520, 524, 529])
def test_a_busy_server_is_asked_with_patience(serve: Any, status: int) -> None:
    faults = [fault(status, Retry_After="0")] * 6
    standin = serve(lambda _: faults.pop() if faults else "Fine.")
    (answer,), endpoint = ask(standin, BODY)
    assert (answer.text, endpoint.retried) == ("Fine.", 6)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_carries_no_prompt_away(serve: Any, status: int) -> None:
    elsewhere = serve(lambda _: "Stolen.")
    standin = serve(lambda _: web.Response(status=status, headers={"Location": f"{elsewhere.base_url}/chat/completions"}))
    with pytest.raises(NoAnswerError, match=f"HTTP {status}"):
        ask(standin, BODY)
    assert elsewhere.bodies == []


BOMB = 100 * 2**20


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", lambda: gzip.compress(b" " * BOMB, 1)),
        ("deflate", lambda: zlib.compress(b"[" * BOMB, 1)),
        ("x-gzip", lambda: gzip.compress(json.dumps(completion("x" * (BOMB // 4))).encode(), 1)),
        ("br", lambda: b"whatever"),
        ("gzip, gzip", lambda: gzip.compress(gzip.compress(b" " * BOMB, 1))),
    ],
    ids=["gzip", "deflate", "text", "br", "twice"],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_packed_answer_takes_bounded_memory(serve: Any, encoding: str, pack: Callable[[], bytes], status: int) -> None:
    packed = pack()
    standin = serve(lambda _: web.Response(body=packed, status=status, headers={"Content-Encoding": encoding}))
    tracemalloc.start()
    try:
        with pytest.raises(NoAnswerError, match=r"more than|was not asked for"):
            ask(standin, BODY)
        assert tracemalloc.get_traced_memory()[1] < 4 * chat_http.MAX_ANSWER_BYTES
    finally:
        tracemalloc.stop()
    assert len(standin.bodies) == 1


def test_a_packed_answer_of_usual_size_is_read(serve: Any) -> None:
    packed = gzip.compress(json.dumps(completion("Fine.")).encode())
    (answer,), _ = ask(serve(lambda _: web.Response(body=packed, headers={"Content-Encoding": "gzip"})), BODY)
    assert answer.text == "Fine."


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
def test_loopback_is_never_asked_through_a_proxy(serve: Any, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    (answer,), _ = ask(serve(lambda _: "Fine."), BODY)
    assert answer.text == "Fine."
