"""The proxy: answers that ended early, by a filter, with an error or with more than a reply."""

from __future__ import annotations

from typing import Any

import pytest

from counsel_leaderboard.registry.chat.thoughts import visible
from counsel_leaderboard.runners.harness.proxy import NOT_GENERATED_ANSWER
from tests.runners.harness.relayed import OnceThen, ask, content
from tests.support.stand_in_server import completion, fault


def finished(content: Any, finish: str, **message: Any) -> dict[str, Any]:
    answer = completion(content)
    answer["choices"][0] |= {"finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}
    return answer


@pytest.mark.parametrize("content", ["", None, "<think>Hm."])
def test_a_budget_spent_on_thoughts_is_truncated(serve, proxy, content):
    passing = proxy(serve(lambda _: finished(content, "length", reasoning_content="Hm.")))
    assert clean_state(ask(passing)) is None
    assert (passing.traffic.answered, passing.traffic.length_limited) == (1, 1)


def clean_state(answer: dict[str, Any]) -> str | None:
    return visible(content(answer))


@pytest.mark.parametrize("text", ["", "I hear"])
def test_a_filters_refusal_is_counted_by_its_name(serve, proxy, text):
    passing = proxy(serve(lambda _: finished(text, "content_filter")))
    assert ask(passing) == NOT_GENERATED_ANSWER
    assert (passing.traffic.failed, passing.traffic.filtered) == (1, 1)
    assert passing.traffic.failures == ["refused by the server's content filter"]


@pytest.mark.parametrize("text", ["", "I hear"])
def test_an_answer_that_ended_with_an_error_is_asked_again(serve, proxy, text):
    passing = proxy(serve(OnceThen("Fine.", finished(text, "error"))))
    assert content(ask(passing)) == "Fine."
    assert passing.traffic.retried == 1


def test_what_the_engine_refuses_is_left_out_and_recorded(serve, proxy):
    refusal = fault(400, "max_tokens is not supported, use max_completion_tokens")
    passing = proxy(serve(lambda payload: refusal if "max_tokens" in payload else "Fine."))
    assert content(ask(passing, b'{"messages": [], "max_tokens": 9}')) == "Fine."
    assert passing.traffic.record()["adapted"] == ["max_tokens as max_completion_tokens"]


def test_nothing_but_the_reply_of_a_server_is_passed_on(serve, proxy):
    passing = proxy(serve(lambda _: finished("Fine.", "stop", tool_calls=[{"x": 1}]) | {"extra": "x" * 10_000}))
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Fine."}}
    assert ask(passing) == {"object": "chat.completion", "choices": [choice]}
