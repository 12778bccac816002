"""A server that cuts prompts without saying so, from `counsel eval` to the message on the terminal and the stored record."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.stand_in_server import completion


def words(payload: dict[str, Any]) -> int:
    return sum(len(message["content"].split()) for message in payload["messages"])


COUNTS: dict[str, Callable[[dict[str, Any]], int]] = {
    # What faults.md names.
    "one count for all": lambda _: 9,
    # More of the kind.
    "the first tokens alone": lambda payload: min(words(payload), 40),
    "a window with its template": lambda payload: min(words(payload), 32) + 4,
    "nothing": lambda _: 0,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COUNTS)
def test_prompts_that_the_server_cut_are_named(serve: Any, counsel: Any, home: Any, name: str) -> None:
    server = serve(lambda payload: completion("(A)", usage={"prompt_tokens": COUNTS[name](payload), "completion_tokens": 1}))
    outcome = counsel("eval", "some-model", "--url", server.url, "--tasks", "counsel_stigma", "--limit", "4")
    assert outcome.code == 0, outcome.err
    assert "The server probably cut 4 prompts without saying so" in outcome.out + outcome.err
    (record,) = home.glob("runs/*/generation.json")
    cut = json.loads(record.read_text(encoding="utf-8"))["cut_prompts"]
    assert len(cut) == 4
    assert {item["task"] for item in cut} == {"counsel_stigma"}


@pytest.mark.slow
def test_a_server_that_reads_whole_prompts_is_not_named(serve: Any, counsel: Any, home: Any) -> None:
    server = serve(lambda payload: completion("(A)", usage={"prompt_tokens": words(payload), "completion_tokens": 1}))
    outcome = counsel("eval", "some-model", "--url", server.url, "--tasks", "counsel_stigma", "--limit", "4")
    assert outcome.code == 0, outcome.err
    assert "probably cut" not in outcome.out + outcome.err
