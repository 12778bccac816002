"""Faults on single items, and a judge that dies, on the way from a claim to a stored run: nothing generated is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.specs.run_request import ModelSpec
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.runners.engines import Endpoint
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress
from counsel_leaderboard.runners.worker import Server, Worker
from counsel_leaderboard.runners.worker.packaging import Steps
from tests.support.rubric_judge import Judge
from tests.support.stand_in_server import CUT, StandIn, fault, standing_in
from tests.support.worker import submit

MODEL = "control/template"


class Scripted(Endpoint):
    """A served model under a control's name, which is what this worker offers."""

    def describe(self) -> Any:
        return super().describe().model_copy(update={"kind": "control"})


@pytest.fixture
def serve() -> Iterator[Callable[..., StandIn]]:
    with standing_in() as begin:
        yield begin


@pytest.mark.slow
def test_single_faults_and_a_judge_that_dies_lose_nothing_generated(
    make: Callable[..., Worker], host: Server, store: Store, serve: Callable[..., StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of eight replies four cannot be had. The judge is gone once they are there, and back for the second attempt."""
    faults: list[Any] = [None, fault(400), fault(500), CUT]
    given: dict[str, Any] = {}

    def reply(payload: dict[str, Any]) -> Any:
        prompt = json.dumps(payload["messages"])
        return given.setdefault(prompt, faults.pop(0) if faults else "I hear you. What weighs most on you?")

    model = serve(reply, models=[MODEL])
    alive: list[bool] = []
    judge = serve(lambda payload: Judge()(payload) if alive else CUT, models=["the-judge"])
    monkeypatch.delenv("COUNSEL_JUDGE", raising=False)
    spec_id = submit(host, MODEL, tasks=["counsel_psyllm"], limit=8)
    worker = make(served_by(model), judge=JudgeAddress(f"{judge.url}/v1", "the-judge"))
    lines: list[str] = []

    def say(text: str) -> None:
        lines.append(text)
        if "judge_unreachable" in text:
            alive.append(True)

    worker.log = say
    worker.run(once=True)
    status = host.read(spec_id)
    assert (status["state"], status["attempts"]) == ("done", 2), lines
    assert [failure["reason"] for failure in status["failures"]] == ["judge_unreachable"]
    # Null and 400 are asked once, 500 and a closed connection three times; the second attempt asks for nothing.
    assert len(model.bodies) == 4 + 2 + 2 * 3
    assert_stored(store.runs)


@pytest.mark.slow
def test_a_server_that_repeats_the_prompts_it_refuses_is_not_quoted_where_they_may_not_be_shown(
    make: Callable[..., Worker], host: Server, serve: Callable[..., StandIn]
) -> None:
    """Every item is refused with its own prompt in the server's words; the open items play items of a gated card."""
    prompts: list[str] = []

    def refuse(payload: dict[str, Any]) -> Any:
        prompts.append(payload["messages"][-1]["content"])
        return fault(400, f"cannot take this: {prompts[-1]}")

    model = serve(refuse, models=[MODEL])
    spec_id = submit(host, MODEL, limit=2)
    worker = make(replace(served_by(model), may_quote=lambda _: False))
    worker.step()
    (failure,) = host.read(spec_id)["failures"]
    words = next(line for line in prompts[0].splitlines() if len(line) > 40)[:40]
    assert "answered none of its 2 requests" in failure["detail"]
    assert words in "".join(worker.log)  # type: ignore[arg-type] - this machine may be told
    assert words not in failure["detail"]


def served_by(model: StandIn) -> Steps:
    return Steps(engine_of=lambda _: Scripted(ModelSpec(name=MODEL, parameters=0), model.url, role="control"))


def assert_stored(runs: Path) -> None:
    """Eight samples: four judged, four not generated, which have no score."""
    (folder,) = runs.glob("[!.]*")
    (file,) = folder.glob("samples_*.jsonl")
    samples = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    lost = [sample for sample in samples if sample["resps"] == [[NOT_GENERATED]]]
    assert (len(samples), len(lost)) == (8, 4)
    assert not [sample for sample in lost if "counseling_quality" in sample["metrics"]]
    remaining = [sample for sample in samples if sample not in lost]
    assert all("counseling_quality" in sample["metrics"] and sample["judged_rate"] == 1 for sample in remaining)
    assert {sample["failed_rate"] for sample in lost} == {1}
