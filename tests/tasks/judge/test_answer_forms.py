"""The judge's client: the forms of a judge's answer, and the form in which a judge accepts a question."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiohttp import web

from counsel_leaderboard.tasks.judge.client import Client
from tests.tasks.judge.questions import a_question, ask, judge, signed, whole


def test_server_without_schemas(serve):
    """A server that refuses the constraint is asked without it from then on; the tolerant reader does the rest."""
    first, second = a_question(), a_question(reply="Other.")

    def answer(payload):
        if "response_format" in payload:
            return web.Response(status=400)
        return f"Here: {signed(first if 'Hello.' in payload['messages'][1]['content'] else second)}"

    standin = serve(answer)
    client = Client(judge(standin.base_url, concurrency=1), None)
    assert [outcome.state for outcome in ask(client, first, second)] == ["judged", "judged"]
    assert not client.constrained
    assert len(standin.payloads) == 3


def test_a_text_in_parts_is_read(serve):
    which = a_question()
    parts = [{"type": "thinking", "thinking": "{}"}, *({"type": "text", "text": part} for part in signed(which).partition(","))]
    (outcome,) = ask(Client(judge(serve(lambda payload: whole(parts)).base_url), None), which)
    assert outcome.state == "judged"


@pytest.mark.parametrize("content", ["", None, []])
def test_a_constrained_answer_among_the_thoughts_is_asked_without_the_constraint(serve, content):
    which = a_question()

    def answer(payload):
        return whole(content, reasoning_content=signed(which)) if "response_format" in payload else signed(which)

    standin = serve(answer)
    client = Client(judge(standin.base_url, concurrency=1), None)
    assert [outcome.state for outcome in ask(client, which, which)] == ["judged", "judged"]
    assert (client.constrained, len(standin.payloads)) == (False, 3)
    assert [message["role"] for message in standin.payloads[1]["messages"]] == ["system", "user"]


@pytest.mark.parametrize(("most", "budgets"), [(None, [700, 4000, 4000]), (900, [900] * 4)])
@pytest.mark.parametrize(
    "message",
    [
        {"content": "<think>Hm."},
        {"content": None, "reasoning": "Hm."},
        {"content": "[THINK] Hm"},
        {"content": [{"type": "thinking", "thinking": "Hm."}]},
    ],
)
def test_a_judge_that_thinks_gets_more_tokens_unless_the_host_set_how_many(serve, message, most, budgets):
    which = a_question()

    def answer(payload):
        if payload["max_tokens"] >= 4000:
            return whole(f"<think>Hm.</think>{signed(which)}")
        return {**(cut := whole("", "length")), "choices": [{**cut["choices"][0], "message": message}]}

    standin = serve(answer)
    client = Client(judge(standin.base_url, concurrency=1, max_tokens=most), None)
    states = [outcome.state for outcome in ask(client, which, which)]
    assert states == (["judged"] * 2 if most is None else ["unread"] * 2)
    assert [payload["max_tokens"] for payload in standin.payloads] == budgets
    # The same question, not one about an answer that could not be read.
    assert most is not None or {len(payload["messages"]) for payload in standin.payloads} == {2}


@pytest.mark.parametrize(("most", "budget"), [(None, 1600), (900, 900)])
def test_a_question_with_a_long_answer_gets_more_tokens_unless_the_setting_says(serve, most, budget):
    which = replace(a_question(), tokens=1600)
    standin = serve(lambda _: whole(signed(which)))
    (outcome,) = ask(Client(judge(standin.base_url, max_tokens=most), None), which)
    assert outcome.state == "judged"
    assert [payload["max_tokens"] for payload in standin.payloads] == [budget]


def test_a_judge_cut_within_its_verdict_does_not_think(serve):
    standin = serve(lambda payload: whole('{"ticket": "', "length"))
    client = Client(judge(standin.base_url), None)
    assert [outcome.state for outcome in ask(client, a_question())] == ["unread"]
    assert {payload["max_tokens"] for payload in standin.payloads} == {700}


@pytest.mark.parametrize(
    "message", [{"content": ""}, {"content": "<think>Hm."}, {"content": None, "reasoning": "Hm."}, {"content": '{"tick'}]
)
def test_a_judge_cut_at_its_budget_is_named_with_the_budget(serve, message):
    standin = serve(lambda payload: {**(cut := whole("", "length")), "choices": [{**cut["choices"][0], "message": message}]})
    (outcome,) = ask(Client(judge(standin.base_url, max_tokens=900), None), a_question())
    assert outcome.state == "unread"
    assert outcome.error.startswith("cut at 900 tokens (COUNSEL_JUDGE_TOKENS")
    assert {payload["max_tokens"] for payload in standin.payloads} == {900}


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("max_tokens", "Use 'max_completion_tokens' instead of max_tokens."),
        ("temperature", "temperature must be 1"),
        ("response_format", "no such thing"),
    ],
)
def test_a_judge_is_asked_in_the_form_that_it_accepts(serve, field, message):
    which = a_question()
    refusal = {"error": {"message": message}}
    standin = serve(lambda payload: web.json_response(refusal, status=400) if field in payload else signed(which))
    client = Client(judge(standin.base_url, concurrency=1), None)
    assert [outcome.state for outcome in ask(client, which, which)] == ["judged"] * 2
    assert len(standin.payloads) == 3
    assert len(client.adapted) == 1
