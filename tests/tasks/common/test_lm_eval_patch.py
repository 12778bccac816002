"""What a plain `lm_eval` run makes of a server's faults: which ones cost their own item alone, and which ones the run."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.tasks.common.lm_eval_patch import mark_missing_replies
from tests.support.stand_in_server import CUT

TASK = "counsel_preference_rank"  # an empty reply to it is unparsed, a missing one is failed
FAULTS: dict[str, Any] = {
    "null": lambda: None,
    "no choices": lambda: web.json_response({"error": "overloaded"}),
    "empty choices": lambda: web.json_response({"choices": []}),
    "content is a list": lambda: web.json_response({"choices": [{"index": 0, "message": {"content": ["A"]}}]}),
    "400": lambda: web.Response(status=400, text="prompt is too long"),
    "500": lambda: web.Response(status=500),
    "closed": lambda: CUT,
    "not JSON": lambda: web.Response(text='{"choices": [{', content_type="application/json"),
}
OWN_ITEM = ("null", "no choices", "empty choices", "content is a list")
WHOLE_RUN = ("400", "500", "closed", "not JSON")


class Faulty:
    """Gives each of the first prompts one fault, `times` times, and then A; every other prompt A at once."""

    def __init__(self, *faults: str, times: int) -> None:
        self.faults, self.times = list(faults), times
        self.given: dict[str, list[str]] = {}

    def __call__(self, payload: dict[str, Any]) -> Any:
        prompt = json.dumps(payload["messages"])
        if prompt not in self.given:
            self.given[prompt] = [self.faults.pop(0)] * self.times if self.faults else []
        left = self.given[prompt]
        return FAULTS[left.pop()]() if left else "A"


@pytest.mark.slow
def test_what_is_no_answer_costs_its_own_item_and_what_passes_costs_nothing(serve, lm_eval):
    """20 pairs, each asked in both orders: four answers that are none for good, and four faults that pass."""
    standin = serve(Faulty(*OWN_ITEM, *WHOLE_RUN, times=1))
    run = lm_eval(standin.base_url, TASK, "--limit", "20")
    answers = [answer for sample in run.samples(TASK) for (answer,) in sample["resps"]]
    assert len(answers) == 40
    assert sorted(answers) == [NOT_GENERATED] * 4 + ["A"] * 36
    # lm-eval asks once for each, and a second time for each of the faults that pass.
    assert len(standin.payloads) == 40 + 4
    # Both orders are needed for a value; a pair with a missing answer has none and is counted, and "A, A" is half right.
    lost = [NOT_GENERATED in [answer for (answer,) in sample["resps"]] for sample in run.samples(TASK)]
    assert run.metric(TASK, "acc") == 0.5
    assert run.metric(TASK, "scored_rate") == pytest.approx(1 - sum(lost) / 20)
    assert run.metric(TASK, "failed_rate") == pytest.approx(4 / 40)
    assert run.metric(TASK, "unparsed_rate") == 0


def ended(serve, lm_eval, fault: str, *options: str) -> Any:
    """A server at which one item meets that fault for as long as lm-eval asks; the run is lost."""
    standin = serve(Faulty(fault, times=2))
    run = lm_eval(standin.base_url, TASK, "--limit", "10", *options, check=False)
    assert run.process.returncode != 0
    assert not list(run.folder.rglob("results_*.json"))
    return standin


@pytest.mark.slow
@pytest.mark.parametrize("fault", WHOLE_RUN[1:])
def test_a_fault_for_good_ends_the_run(serve, lm_eval, fault):
    ended(serve, lm_eval, fault)


@pytest.mark.slow
def test_a_cache_keeps_what_was_answered_before_a_refusal_ended_the_run(serve, lm_eval, tmp_path):
    """With `--use_cache` the same command goes on where it ended."""
    options = ("--use_cache", str(tmp_path / "answers"))
    standin = ended(serve, lm_eval, "400", *options)
    before = len(standin.payloads)
    run = lm_eval(standin.base_url, TASK, "--limit", "10", *options)
    assert [answer for sample in run.samples(TASK) for (answer,) in sample["resps"]] == ["A"] * 20
    assert run.metric(TASK, "scored_rate") == 1
    # Two of the requests before were the refused one; what was under way beside it, seven at most, may be asked again.
    assert 20 - (before - 2) <= len(standin.payloads) - before <= 20 - (before - 2) + 7


def test_marking_twice_marks_once_and_leaves_good_answers_alone():
    from lm_eval.models.openai_completions import LocalChatCompletion

    mark_missing_replies()
    parse = LocalChatCompletion.parse_generations
    mark_missing_replies()
    assert LocalChatCompletion.parse_generations is parse
    good = {"choices": [{"index": 0, "message": {"content": "Fine."}}]}
    empty = {"choices": [{"index": 0, "message": {"content": ""}}]}
    broken = [None, "x", {}, {"choices": None}, {"choices": []}, []]
    # lm-eval would read a choice with another number as an empty reply.
    odd = [{"choices": [{"index": index, "message": {"content": "x"}}]} for index in (1, -1, "0", None)]
    lm = SimpleNamespace(think_end_token=None)
    assert parse(lm, [good, *broken, *odd, empty]) == ["Fine.", *[None] * len(broken), *["x"] * len(odd), ""]
