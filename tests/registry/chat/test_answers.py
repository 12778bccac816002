"""A chat completion in the forms in which servers write it, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from counsel_leaderboard.registry.chat.answers import excerpt, parse_json, read_answer
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.chat.thoughts import UNFINISHED


def body(content: Any, finish: Any = "stop", usage: Any = None, **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    return {"choices": [choice], "usage": usage}


@pytest.mark.parametrize(
    "answer",
    [
        body("Hello."),
        body([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo."}]),
        body([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Hello."}]),
        body([{"type": "reasoning", "text": "Hm."}, {"type": "output_text", "text": "Hello."}]),
        body({"type": "text", "text": "Hello."}),
        body([{"text": "Hello."}]),
        body([{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Hello."}]),
        body(None, refusal="Hello."),
        body("Hello.", reasoning_content="Hm."),
        body("Hello.", finish=None),
        body("Hello.", finish=["stop"]),
        {"choices": [{"message": {"content": "Hello."}}]},
    ],
)
def test_the_reply_is_the_text(answer: dict[str, Any]) -> None:
    assert read_answer(answer).reply == "Hello."


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "thinking"])
@pytest.mark.parametrize("content", ["", None, "  ", [], [{"type": "thinking", "thinking": "Hm."}], "<think>Hm.</think>"])
def test_a_budget_spent_on_thoughts_is_truncated_and_no_empty_reply(content: Any, field: str) -> None:
    assert read_answer(body(content, "length", **{field: "Hm."})).reply == UNFINISHED
    assert read_answer(body(content, "max_tokens")).reply == UNFINISHED


def test_an_empty_reply_that_ended_by_itself_is_a_reply_and_a_null_is_none() -> None:
    assert read_answer(body("")).reply == ""
    with pytest.raises(NoAnswerError, match="content is null"):
        _ = read_answer(body(None, reasoning="Hm.")).reply


@pytest.mark.parametrize("content", ["", "I hear", None])
@pytest.mark.parametrize(
    "finish",
    ["error", "ERROR", "abort", "network_error", "cancelled", "insufficient_system_resource", "MALFORMED_FUNCTION_CALL"],
)
def test_an_answer_that_ended_with_an_error_is_asked_again(content: Any, finish: str) -> None:
    for answer in (body(content, finish), {"choices": [{"error": {"code": 502}, "message": {"content": content}}]}):
        with pytest.raises(NoAnswerError, match="ended the answer with an error") as raised:
            read_answer(answer)
        assert raised.value.transient


@pytest.mark.parametrize("finish", [None, "stop", "eos", "end_turn", "STOP_SEQUENCE", "COMPLETE", "tool_calls", "", 5])
def test_a_name_for_an_answer_that_ended_by_itself_is_no_fault(finish: Any) -> None:
    assert read_answer(body("I hear you.", finish)).reply == "I hear you."


FILTERED = [
    body("", "content_filter"),
    body("I hear", "content_filter"),
    body(None, "CONTENT_FILTER"),
    # Other names for it, none of which faults.md has.
    body("I hear", "SAFETY"),
    body("I hear", "PROHIBITED_CONTENT"),
    body("", "guardrail_intervened"),
    body("I hear", "recitation"),
    body("", "blocklist"),
    {"error": {"code": "content_filter", "message": "The response was filtered."}},
    {"error": {"innererror": {"code": "ResponsibleAIPolicyViolation"}}},
    {"error": {"type": "content_policy_violation"}},
]


@pytest.mark.parametrize("answer", FILTERED)
def test_a_filters_refusal_has_its_own_name(answer: dict[str, Any]) -> None:
    with pytest.raises(NoAnswerError, match="content filter") as raised:
        read_answer(answer)
    assert raised.value.filtered
    assert not raised.value.transient


@pytest.mark.parametrize(
    ("error", "transient", "message"),
    [
        ({"message": "try later"}, True, "try later"),
        ({"message": "overloaded", "code": 529}, True, "overloaded"),
        ({"message": "no such model", "code": 404}, False, "no such model"),
        ({"message": "bad", "code": "400"}, False, "bad"),
        ("out of memory", True, "out of memory"),
        ({"code": "²"}, True, '{"code": "\\u00b2"}'),
        ({"code": -(10**30)}, True, '{"code": -1000000000000000000000000000000}'),
    ],
)
def test_an_error_inside_a_200_is_named(error: Any, transient: bool, message: str) -> None:
    with pytest.raises(NoAnswerError, match="error in the place of an answer") as raised:
        read_answer({"error": error})
    assert (raised.value.transient, raised.value.message) == (transient, message)


USAGES = [
    "{}", "[1]", '"x"', '{"prompt_tokens": 1e999}', '{"prompt_tokens": NaN}', '{"prompt_tokens": -1}', "5",
    '{"prompt_tokens": [7]}', '{"prompt_tokens": true}', '{"prompt_tokens": "7"}', '{"prompt_tokens": 2147483648}',
    '{"prompt_tokens": ' + "9" * 5000 + "}", '{"prompt_tokens": {"cached": 7}}',
]  # fmt: skip


@pytest.mark.parametrize("usage", USAGES)
def test_odd_usage_is_ignored_and_named(usage: str) -> None:
    answer = parse_json(json.dumps(body("Hello.")).replace('"usage": null', f'"usage": {usage}'))
    read = read_answer(answer)
    assert (read.reply, read.prompt_tokens, read.completion_tokens, read.odd_usage) == ("Hello.", None, None, True)


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ('{"a":' * 100_000, "not JSON"),
        ("[" * 300 + "]" * 300, "nested too deeply"),
        ('{"a":' * 70 + "1" + "}" * 70, "nested too deeply"),
        ("", "not JSON"),
        ("<html>", "not JSON"),
        ('data: {"choices": [{"delta": {"content": "Hi"}}]}\n\ndata: [DONE]\n\n', "in a stream"),
        (": ping\n\ndata: {}\n\n", "in a stream"),
        ('id: 1\ndata: {"choices": []}\n\n', "in a stream"),
        ("retry: 3000\n\ndata: {}\n\n", "in a stream"),
        ('\ufeffdata: {"choices": []}\r\n\r\n', "in a stream"),
        ("\n event: message\ndata: {}\n\n", "in a stream"),
    ],
)
def test_what_is_no_json_value_is_named(raw: str, named: str) -> None:
    with pytest.raises(NoAnswerError, match=named):
        parse_json(raw.encode())


@pytest.mark.parametrize(
    "answer",
    [None, 5, [], {}, {"choices": {}}, {"choices": [5]}, {"choices": [{"message": "x"}]}, body(["A"]), body(5), body(True)],
)
def test_what_is_no_completion_is_asked_again(answer: Any) -> None:
    with pytest.raises(NoAnswerError, match="not a chat completion") as raised:
        read_answer(answer)
    assert raised.value.transient


def test_half_pairs_and_keys_are_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_ENDPOINT_KEY", "sk-planted-0123456789")
    read = read_answer(body("A \ud83d sk-planted-0123456789", reasoning="\udc00 sk-planted-0123456789"))
    assert (read.text, read.thoughts) == ("A ? [removed]", "? [removed]")
    assert "planted" not in excerpt("x" * 290 + "sk-planted-0123456789")
