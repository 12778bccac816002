"""What one request may hold, as servers say it, and the prompts that are more than that."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.runners.engines import Served
from counsel_leaderboard.runners.harness.context_overflow import overflow_message
from counsel_leaderboard.runners.harness.context_window import Context, estimate
from counsel_leaderboard.runners.harness.proxy import NOT_GENERATED_ANSWER, running_proxy
from tests.support.stand_in_server import StandIn


def words(payload: dict) -> int:
    return sum(len(message["content"].split()) for message in payload["messages"])


def messages(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def ask(standin: StandIn, *requests: tuple[str, int], length: int | None = None):
    """Ask each (text, answer budget) through a proxy; the answers and the proxy."""
    served = Served(f"{standin.url}/v1", "some-model", length)
    with running_proxy(served) as proxy:
        answers = [
            httpx.post(
                f"{proxy.base_url}/chat/completions",
                json={"messages": messages(text), "max_tokens": budget},
                headers=proxy.authorization,
                trust_env=False,
            ).json()
            for text, budget in requests
        ]
    return answers, proxy


def test_what_does_not_fit_is_refused_before_it_is_asked_and_the_rest_goes_on(serve):
    """One word is one token here: 1,190 and 10 fill a context of 1,200; one word or one token more is too much."""
    standin = serve(lambda _: "Fine.", context=1200, tokens=words)
    answers, proxy = ask(standin, ("word " * 1190, 10), ("word " * 1191, 10), ("word " * 1190, 11), ("short", 10))
    assert [answer == NOT_GENERATED_ANSWER for answer in answers] == [False, True, True, False]
    assert len(standin.bodies) == 2
    assert (proxy.traffic.answered, proxy.traffic.failed) == (2, 2)
    assert proxy.traffic.failures[0] == (
        "too long: 1191 tokens of prompt (by the server) and 10 for the answer, where the context holds 1200"
    )


def test_llama_cpp_says_its_context_and_counts_elsewhere(serve):
    """Its `/tokenize` answers a conversation with no tokens at all, and that is no count."""
    listed = {"data": [{"id": "some-model", "meta": {"n_ctx": 1200, "n_ctx_train": 8192}}]}
    standin = serve(
        lambda _: "Fine.", models=lambda: web.json_response(listed), tokens=lambda _: web.json_response({"tokens": []})
    )
    _, proxy = ask(standin)
    assert (proxy.context.length, proxy.context.counted) == (1200, "by estimate")


def test_without_a_counter_a_third_of_the_bytes_is_a_token(serve):
    """3 x 900 bytes are 900 tokens and 32 for the message: with 68 for the answer that is exactly 1,000."""
    text = "a" * 2700
    assert estimate(messages(text)) == 932
    assert estimate(messages("é" * 1350)) == 932
    standin = serve(lambda _: "Fine.", context=1000)
    answers, proxy = ask(standin, (text, 68), (text, 69))
    assert [answer == NOT_GENERATED_ANSWER for answer in answers] == [False, True]
    assert "(by estimate)" in proxy.traffic.failures[0]


def test_an_engine_of_ours_knows_its_context_where_the_server_is_silent(serve):
    _, proxy = ask(serve(lambda _: "Fine."), length=500)
    assert proxy.context == Context(500, None)


@pytest.mark.parametrize("models", [("some-model",), lambda: web.Response(status=404), lambda: web.json_response([1])])
def test_an_unknown_context_refuses_nothing(serve, models):
    standin = serve(lambda _: "Fine.", models=models, tokens=words)
    answers, proxy = ask(standin, ("word " * 100_000, 10))
    assert answers[0] != NOT_GENERATED_ANSWER
    assert (proxy.context.length, proxy.context.counted) == (None, None)


def test_a_count_that_cannot_be_had_leaves_it_to_the_server(serve):
    counts = iter([1])
    standin = serve(lambda _: "Fine.", context=1200, tokens=lambda _: next(counts, web.Response(status=500)))
    answers, proxy = ask(standin, ("word " * 5000, 10))
    assert proxy.context.counted == "by the server"
    assert answers[0] != NOT_GENERATED_ANSWER


def test_what_surely_fits_is_not_counted(serve):
    """A token holds at least a byte: 100 bytes, 32 for the message, 256 for the template and 10 for the answer are 398."""
    requests: list[dict] = []
    standin = serve(lambda _: "Fine.", context=398, tokens=lambda payload: requests.append(payload) or 1)
    ask(standin, ("a" * 100, 10))
    assert len(requests) == 1  # to see whether the server counts at all
    ask(standin, ("a" * 101, 10))
    assert len(requests) == 3


def test_a_body_that_is_no_chat_request_is_the_engines_to_refuse(serve):
    standin = serve(lambda _: "Fine.", context=1, tokens=words)
    with running_proxy(Served(f"{standin.url}/v1", "some-model")) as proxy:
        for body in (b'{"messages": 5}', b"[]", b'{"messages": [1]}'):
            httpx.post(f"{proxy.base_url}/chat/completions", content=body, headers=proxy.authorization, trust_env=False)
    assert proxy.traffic.too_long == []


@pytest.mark.slow
def test_an_item_that_does_not_fit_is_named_and_costs_no_other(serve, counsel, home):
    """Of eight items the first that comes does not fit; the store has eight, seven of them answered."""
    first: list[str] = []

    def tokens(payload: dict) -> int:
        prompt = json.dumps(payload["messages"])
        if "Hello." in prompt:
            return 1
        first.append(prompt)
        return 1991 if prompt == first[0] else 1990 - len(first)  # equal counts would look like cut prompts

    standin = serve(lambda _: "B", context=2000, tokens=tokens)
    outcome = counsel("eval", "some-model", "--url", standin.url, "--tasks", "counsel_stigma", "--limit", "8")
    assert outcome.code == 0, outcome.err
    (run,) = (home / "runs").iterdir()
    samples = [json.loads(line) for file in run.glob("samples_*") for line in file.read_text().splitlines()]
    lost = [sample["doc"]["id"] for sample in samples if sample["resps"] == [[NOT_GENERATED]]]
    assert (len(samples), len(lost), len(standin.bodies)) == (8, 1, 7)
    generation = json.loads((run / "generation.json").read_text())
    assert generation["context"] == {"length": 2000, "counted": "by the server"}
    assert generation["too_long"] == [{"task": "counsel_stigma", "item": lost[0], "prompt_tokens": 1991, "answer_tokens": 10}]
    warning = f"1 prompt does not fit the context of 2000 tokens (by the server), left unscored: counsel_stigma {lost[0]}"
    assert warning in outcome.err


def test_what_is_told_names_five_items_at_most_and_a_context_that_nobody_knows(tmp_path: Path):
    item = {"task": "t", "item": "i", "prompt_tokens": 9, "answer_tokens": 2}
    known, five = {"length": 10, "counted": "by estimate"}, ", ".join(["t i (9 + 2 tokens)"] * 5)
    unknown = "The server does not say how long its context is, so prompts were not checked against it."
    for context, count, expected in (
        (known, 0, ""),
        (known, 7, f"7 prompts do not fit the context of 10 tokens (by estimate), left unscored: {five} and 2 more."),
        ({"length": None, "counted": None}, 0, unknown),
    ):
        (tmp_path / "generation.json").write_text(json.dumps({"context": context, "too_long": [item] * count}))
        assert overflow_message(tmp_path) == expected
