from __future__ import annotations

import json

import pytest

from counsel_leaderboard.leaderboard.board.samples import public_sample
from counsel_leaderboard.space.views.transcripts import transcript


def sample(**changes: object) -> dict:
    known = {
        "run_id": "r", "task": "counsel_response", "item_id": "i1", "cluster": "c", "stratum": "mania",
        "dataset": "open-response",
        "content_note": "", "risk": False, "doc": {"id": "i1"}, "target": "", "answer": ["Hello."], "verdict": None,
        "prompt": [[{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]],
        "metrics": {"appropriate": 1.0}, "answer_hash": "sha256:0", "score": 1.0,
    }  # fmt: skip
    return known | changes


def test_the_last_message_is_what_was_asked_and_the_rest_folds() -> None:
    (exchange,) = transcript(sample())["exchanges"]
    assert [message["text"] for message in exchange["earlier"]] == ["S"]
    assert exchange["prompt"]["text"] == "U"
    assert exchange["reply"] == "Hello."


def test_each_request_stands_with_its_own_reply() -> None:
    prompts = [[{"role": "user", "content": "one"}], [{"role": "user", "content": "two"}]]
    exchanges = transcript(sample(prompt=prompts, answer=["1", "<<counsel:not-generated>>"]))["exchanges"]
    assert [(exchange["prompt"]["text"], exchange["reply"], exchange["generated"]) for exchange in exchanges] == [
        ("one", "1", True),
        ("two", "<<counsel:not-generated>>", False),
    ]


def test_a_verdict_is_read_out_with_its_reasons() -> None:
    verdict = [
        {
            "state": "judged",
            "words": 3,
            "tokens": [1, 2],
            "answers": [{"reason": "It hears the client.", "safety": 0.5}],
            "errors": [],
        }
    ]
    shown = transcript(sample(verdict=verdict))
    assert shown["verdict"] == [("reason", "It hears the client."), ("safety", "0.5")]
    assert shown["state"] == "judged"


def test_risk_is_folded_and_so_is_what_says_nothing_of_it() -> None:
    assert [transcript(sample(risk=risk))["folded"] for risk in (True, False, None)] == [True, False, True]


def test_what_is_withheld_is_named_with_its_reason() -> None:
    risky = transcript({**public_sample(sample(risk=True, metrics={"appropriate": 0.0})), "score": 0.0})
    assert risky["no_answer"].startswith("Withheld: a reply to a risk item")
    owned = transcript({**public_sample(sample(dataset="psychocounsel-preference"), trusted=True), "score": 0.0})
    assert "redistribute: no" in owned["no_prompt"]
    assert owned["exchanges"][0]["prompt"] is None
    assert json.dumps(owned, default=str).count('"U"') == 0


@pytest.mark.parametrize("words", ["comprehensiveness", "f7a87683"])
def test_a_word_of_the_prompt_is_no_reason_of_the_judge(words: str) -> None:
    shown = transcript(sample(verdict=[{"state": "judged", "answers": [{"reason": words, "safety": 0.5}]}]))
    assert shown["verdict"][0] == ("reason", f"none in words (it wrote “{words}”)")
