"""What a server or judge accepts, in words, after three requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from counsel_leaderboard.runners.doctor.endpoint import Target, check
from tests.support.stand_in_server import CUT, completion, fault

YES = json.dumps({"answer": "yes"})
KEY = "key-of-the-test-0123456789"


def levels(target: Target) -> list[tuple[str, str]]:
    return [(finding.level, finding.text) for finding in check(target)]


def asking(url: str, **changes: Any) -> Target:
    return Target(**{"topic": "server", "url": url, "key_variable": "COUNSEL_ENDPOINT_KEY", **changes})


def test_a_server_that_takes_everything_gets_three_requests(serve: Callable[..., Any]) -> None:
    standin = serve(lambda _: YES, models=["m"], key=KEY)
    assert levels(asking(standin.url, key=KEY)) == [
        ("ok", "answers a chat completion at temperature 0 with stop and max_tokens"),
        ("ok", "keeps to a JSON schema (response_format)"),
        ("ok", "takes a system message"),
    ]
    bodies = [json.loads(body) for body in standin.bodies]
    assert [body["model"] for body in bodies] == ["m"] * 3
    assert (bodies[0]["temperature"], bodies[0]["stop"], bodies[0]["max_tokens"] > 0) == (0, ["\n\n"], True)
    assert bodies[1]["response_format"]["type"] == "json_schema"
    assert [message["role"] for message in bodies[2]["messages"]] == ["system", "user"]


@pytest.mark.parametrize(
    ("reply", "level", "text"),
    [
        (fault(400, "unsupported parameter: max_tokens"), "problem", "refuses max_tokens (HTTP 400)"),
        (fault(422, "temperature must be 1; stop is no list"), "problem", "refuses temperature or stop (HTTP 422)"),
        (fault(500, "out of cheese"), "problem", "refuses a chat completion (HTTP 500): out of cheese"),
        (fault(200, "data: {}\n\n"), "problem", "gives no chat completion: data: {}"),
        (fault(200, "[" * 100_000), "problem", "gives no chat completion"),
        ({"choices": []}, "problem", "gives no chat completion"),
        ("", "warning", "gives an empty text within"),
        (None, "warning", "gives an empty text within"),
        (completion(YES, usage=None), "warning", "counts no tokens"),
        ([{"type": "text", "text": "yes"}], "ok", "answers a chat completion"),
    ],
)
def test_how_it_answers_is_said_in_words(serve: Callable[..., Any], reply: Any, level: str, text: str) -> None:
    answer = completion(reply) if isinstance(reply, list) else reply
    notes = levels(asking(serve(lambda _: answer).url))
    assert any(found_level == level and found_text.startswith(text) for found_level, found_text in notes), notes


@pytest.mark.parametrize(("judges", "level"), [(True, "warning"), (False, "ok")])
@pytest.mark.parametrize("reply", [fault(400, "no response_format here"), "yes, of course"])
def test_a_schema_matters_to_a_judge_alone(serve: Callable[..., Any], reply: Any, judges: bool, level: str) -> None:
    standin = serve(lambda payload: reply if "response_format" in payload else YES)
    (constrained,) = [note for note in levels(asking(standin.url, judges=judges)) if "response_format" in note[1]]
    assert constrained[0] == level


def test_a_refused_system_message_says_how_counsel_asks_then(serve: Callable[..., Any]) -> None:
    standin = serve(lambda payload: fault(400, "roles must alternate") if len(payload["messages"]) == 2 else YES)
    (refusal,) = [finding for finding in check(asking(standin.url)) if finding.level == "warning"]
    assert refusal.text == "refuses a system message (HTTP 400): roles must alternate"
    assert "COUNSEL_SYSTEM_ROLE=merge" in refusal.step


def test_a_refused_key_and_a_dead_server_are_asked_no_further(serve: Callable[..., Any]) -> None:
    standin = serve(lambda _: YES, key=KEY)
    assert levels(asking(standin.url)) == [("problem", "refuses the key, or the lack of one (HTTP 401).")]
    assert standin.bodies == []
    ((level, text),) = levels(asking("http://user:hidden@127.0.0.1:9/v1"))
    assert (level, "does not answer" in text, "hidden" in text) == ("problem", True, False)


@pytest.mark.parametrize("url", ["", "http://[", "127.0.0.1", "http://127.0.0.1:x/v1", "ftp://127.0.0.1/v1"])
def test_what_is_no_address_is_a_problem_and_no_traceback(url: str) -> None:
    assert [level for level, _ in levels(asking(url))] == ["problem"]


def test_a_model_that_is_not_there_and_an_answer_that_breaks_off(serve: Callable[..., Any]) -> None:
    standin = serve(lambda _: CUT, models=["a", "b"])
    notes = levels(asking(standin.url, model="c"))
    assert notes[0] == ("problem", "does not list 'c'; it lists a, b.")
    assert "does not answer" in notes[1][1]


def test_a_key_that_the_server_repeats_is_not_shown(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_ENDPOINT_KEY", KEY)
    standin = serve(lambda _: fault(400, f"bad key {KEY}\x1b[31m"))
    text = "".join(text for _, text in levels(asking(standin.url, key=KEY)))
    assert "bad key" in text
    assert KEY not in text
    assert text.isprintable()


def test_a_dead_proxy_does_not_stand_before_this_machine(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert {level for level, _ in levels(asking(serve(lambda _: YES).url))} == {"ok"}
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:9")
    ((level, text),) = levels(asking("http://model.example"))
    assert (level, "http_proxy names a socks5 proxy" in text) == ("problem", True)
