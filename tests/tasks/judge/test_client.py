"""The judge's client, against judges that behave and judges that do not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from aiohttp import web

from counsel_leaderboard.tasks.judge.cache import Cache
from counsel_leaderboard.tasks.judge.client import Client
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint
from tests.support.scripted_replies import ticket_of
from tests.support.stand_in_server import CUT
from tests.tasks.judge.questions import AT_ONCE, a_question, ask, judge, signed, whole


def test_verdicts_come_in_order_and_tokens_are_counted(serve, judge_by):
    """Concurrent calls, answers in the order of the questions."""

    def choose(shown, rules):
        return {"depth": len(shown.split("mark")) / 2 - 0.5, "safe": False}

    standin = serve(judge_by(choose))
    outcomes = ask(Client(judge(standin.base_url), None), *(a_question(reply="mark " * count) for count in (0, 3, 1, 2)))
    assert [outcome.answer["depth"] for outcome in outcomes] == [0, 1.5, 0.5, 1]
    assert {(outcome.prompt_tokens, outcome.completion_tokens) for outcome in outcomes} == {(7, 3)}
    assert all(payload["temperature"] == 0 for payload in standin.payloads)


def test_concurrency_is_bounded(serve):
    """Never more calls at a time than allowed."""
    running, most = 0, 0

    async def slow(payload):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        ticket = ticket_of(payload)
        return json.dumps({"ticket": ticket, "reason": "", "depth": 1, "safe": True})

    standin = serve(slow)
    outcomes = ask(
        Client(judge(standin.base_url, concurrency=3), None), *(a_question(reply=str(number)) for number in range(9))
    )
    assert {outcome.state for outcome in outcomes} == {"judged"}
    assert most == 3


def test_unreadable_answer_is_shown_to_the_judge_once(serve):
    """One retry with the error, then unscored."""
    which = a_question()
    replies = iter(["Good reply!", signed(which)])
    standin = serve(lambda payload: next(replies))
    (outcome,) = ask(Client(judge(standin.base_url), None), which)
    assert outcome.state == "judged"
    assert (outcome.prompt_tokens, outcome.completion_tokens) == (14, 6)
    again = standin.payloads[1]["messages"]
    assert [message["role"] for message in again] == ["system", "user", "assistant", "user"]
    assert again[2]["content"] == "Good reply!"
    assert "no complete JSON object" in again[3]["content"]


def test_garbage_twice_is_unread(serve):
    standin = serve(lambda payload: "Good reply!")
    (outcome,) = ask(Client(judge(standin.base_url), None), a_question())
    assert (outcome.state, outcome.answer) == ("unread", None)
    assert len(standin.payloads) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_judge_is_asked_again(serve, status):
    """Two refusals, then an answer."""
    which = a_question()
    replies = iter([web.Response(status=status), web.Response(status=status), signed(which)])
    (outcome,) = ask(Client(judge(serve(lambda payload: next(replies)).base_url), None, AT_ONCE), which)
    assert outcome.state == "judged"


@pytest.mark.parametrize("fault", [429, 500, 401, "closed", "null choices", "not json"])
def test_broken_judge_gives_no_number(serve, fault):
    """Whatever the fault, there is an error in words, a bounded number of attempts and no verdict."""

    def answer(payload):
        if fault == "closed":
            return CUT
        if fault == "null choices":
            return web.json_response({"choices": None})
        return web.Response(text="<html>") if fault == "not json" else web.Response(status=fault)

    standin = serve(answer)
    (outcome,) = ask(Client(judge(standin.base_url), None, AT_ONCE), a_question())
    assert (outcome.state, outcome.answer) == ("unreached", None)
    words = {"closed": "ProtocolError", "null choices": "not a chat completion", "not json": "JSON"}
    assert words.get(fault, f"HTTP {fault}").lower() in outcome.error.lower()
    # Each attempt at a 500 asks once more without the schema; a busy judge is given more time.
    assert len(standin.payloads) <= {500: 6, 429: AT_ONCE.attempts}.get(fault, 3)


def completion(text, **usage):
    """A whole answer; its usage as the test has it."""
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}], "usage": usage or None}


@pytest.mark.parametrize(
    "usage", ["x", [1], 5, {"prompt_tokens": "7"}, {"prompt_tokens": -1}, {"prompt_tokens": 10**30}, {"prompt_tokens": [1]}]
)
def test_an_odd_count_of_tokens_costs_no_verdict(serve, usage):
    which = a_question()
    standin = serve(lambda payload: web.json_response({**completion(signed(which)), "usage": usage}))
    (outcome,) = ask(Client(judge(standin.base_url), None), which)
    assert (outcome.state, outcome.prompt_tokens, outcome.completion_tokens) == ("judged", 0, 0)
    assert outcome.odd_usage


@pytest.mark.parametrize(
    "body", ["[" * 200_000, '{"choices": [5]}', '{"choices": "x"}', "5", '{"choices": [{"message": "x"}]}']
)
def test_an_answer_that_is_none_costs_its_own_item_alone(serve, body):
    first, second = a_question(), a_question(reply="Other.")

    def answer(payload):
        return web.Response(text=body) if "Hello." in payload["messages"][1]["content"] else signed(second)

    outcomes = ask(Client(judge(serve(answer).base_url), None, AT_ONCE), first, second)
    assert [outcome.state for outcome in outcomes] == ["unreached", "judged"]


def test_half_a_surrogate_pair_in_a_reason_is_stored_as_a_question_mark(serve, tmp_path):
    which = a_question()
    text = signed(which, reason="So\ud800.")
    standin = serve(lambda payload: web.Response(text=json.dumps(completion(text)), content_type="application/json"))
    (outcome,) = ask(Client(judge(standin.base_url), Cache(tmp_path)), which)
    assert outcome.state == "judged"
    assert outcome.answer["reason"] == "So?."


def test_a_key_that_the_judge_repeats_in_its_reason_is_taken_out(serve, monkeypatch, tmp_path):
    monkeypatch.setenv("COUNSEL_JUDGE_KEY", "sk-planted-0123456789")
    which = a_question()
    standin = serve(lambda payload: signed(which, reason="Your key is sk-planted-0123456789."))
    (outcome,) = ask(Client(judge(standin.base_url), Cache(tmp_path)), which)
    assert outcome.answer["reason"] == "Your key is [removed]."
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"planted" in path.read_bytes()]


def test_null_text_is_unread(serve):
    """A judge that spent its tokens on a hidden thought says nothing."""
    (outcome,) = ask(Client(judge(serve(lambda payload: None).base_url), None), a_question())
    assert outcome.state == "unread"


def test_silent_judge_times_out(serve):
    """A call is bounded in time, and a timeout is repeated once."""

    async def silent(payload):
        await asyncio.sleep(2)
        return "late"

    standin = serve(silent)
    client = Client(JudgeEndpoint(standin.base_url, "judge-1", timeout_s=0.1), None, AT_ONCE)
    (outcome,) = ask(client, a_question())
    assert outcome.state == "unreached"
    assert "no answer within 0.1 s" in outcome.error
    assert len(standin.payloads) == 2


def test_dead_judge_ends_in_bounded_time(serve):
    """After twice as many lost questions as run at a time the rest is given up without a call."""
    standin = serve(lambda payload: web.Response(status=500))
    outcomes = ask(
        Client(judge(standin.base_url, concurrency=2), None, AT_ONCE), *(a_question(reply=str(number)) for number in range(50))
    )
    assert {outcome.state for outcome in outcomes} == {"unreached"}
    assert len(standin.payloads) <= 2 * 3 * (4 + 2)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('data: {"choices": []}\n\n', "in a stream"),
        ('{"choices": [{"message": {"content": "x"}}], "usage": 1e999}', None),
        ("[" * 100_000, "not JSON"),
        ('{"a":' * 500 + "1" + "}" * 500, "nested too deeply"),
        (json.dumps(whole("", "content_filter")), "content filter"),
        (json.dumps(whole("{", "error")), "ended the answer with an error"),
    ],
)
def test_every_item_fails_alone(serve, body, error):
    bad, good = a_question(), a_question(reply="Other.")

    def answer(payload):
        return web.Response(text=body) if "Hello." in payload["messages"][1]["content"] else signed(good)

    lost, judged = ask(Client(judge(serve(answer).base_url), None, AT_ONCE), bad, good)
    assert judged.state == "judged"
    assert lost.state == ("unreached" if error else "unread")
    assert (error or "no complete JSON object") in lost.error


@pytest.mark.parametrize("status", [429, 524, 529, 503])
def test_a_judge_under_load_is_waited_for(serve, status):
    which = a_question()
    faults = [web.Response(status=status) for _ in range(7)]
    (outcome,) = ask(
        Client(judge(serve(lambda payload: faults.pop() if faults else signed(which)).base_url), None, AT_ONCE), which
    )
    assert outcome.state == "judged"


def test_the_judges_own_words_are_for_people_alone(serve, monkeypatch):
    monkeypatch.setenv("COUNSEL_JUDGE_KEY", "sk-planted-0123456789")
    error = {"error": {"message": "stream must be true for sk-planted-0123456789"}}
    client = Client(judge(serve(lambda payload: web.json_response(error, status=400)).base_url), None, AT_ONCE)
    (outcome,) = ask(client, a_question())
    assert outcome.error == "HTTP 400"
    assert client.messages == {"HTTP 400": "stream must be true for [removed]"}


@pytest.mark.parametrize(("partial", "state", "answer"), [(True, "judged", {"safe": True}), (False, "unread", None)])
def test_a_part_of_a_verdict_is_taken_only_from_the_second_answer(serve, tmp_path, partial, state, answer):
    """It is not cached: another time the whole may be read."""
    which = replace(a_question(), partial=partial)
    standin = serve(lambda payload: signed(which, depth=9))
    (outcome,) = ask(Client(judge(standin.base_url), Cache(tmp_path)), which)
    assert (outcome.state, outcome.answer, len(standin.payloads)) == (state, answer, 2)
    ask(Client(judge(standin.base_url), Cache(tmp_path)), which)
    assert len(standin.payloads) == 4
