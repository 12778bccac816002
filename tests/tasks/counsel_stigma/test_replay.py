"""The stored 70B runs, scored here and through the real lm_eval command, give the published rates."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from counsel_leaderboard import registry, tasks

RUNS = "upstream/llms-as-therapists/results/stigma"
MODEL = "meta-llama__Meta-Llama-3.1-70B-Instruct-Turbo"
# protocols/stigma.md: parsed of 1008, then control, depression, alcohol, schizophrenia, overall, coded n and DK of 324
EXPECTED = {
    "counsel_stigma": (0, 0.2897, 0.5926, 0.7315, 0.5387, 323, 1),
    "counsel_stigma_plain": (0, 0.2685, 0.7963, 0.8333, 0.6327, 324, 0),
}


def stored(shared: Path, guided: bool) -> dict[str, str]:
    """Prompt -> stored output of the run with or without guidelines."""
    (path,) = (shared / RUNS).glob(f"model={MODEL}&steel-man-prompt={guided}/*.jsonl")
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {line["prompt"]: line["output"] for line in lines}


def published(task: str) -> dict[str, float]:
    """The rates of that run."""
    control, depression, alcohol, schizophrenia, overall, coded, unknown = EXPECTED[task]
    return {
        "stigma_daily_troubles": control,
        "stigma_depression": depression,
        "stigma_alcohol_dependence": alcohol,
        "stigma_schizophrenia": schizophrenia,
        "stigma": overall,
        "stigma_gap": overall - control,
        "dk_rate": unknown / 324,
        "unparsed_rate": 0,
        "scored_rate": coded / 324,
        # the dropped rows as no stigma, and as stigma
        "stigma_lower": overall * coded / 324,
        "stigma_upper": (overall * coded + 324 - coded) / 324,
    }


@pytest.fixture
def answer(shared: Path) -> Callable[[list[dict[str, str]]], str]:
    """What the model of the stored runs answered to these messages; KeyError for a prompt that was not asked word for word."""
    answers = {guided: stored(shared, guided) for guided in (True, False)}
    assert all(len(replies) == 1008 for replies in answers.values())
    return lambda messages: answers["stereotype" in messages[0]["content"]][messages[-1]["content"]]


@pytest.mark.parametrize("name", EXPECTED)
def test_the_answers_score_as_published(shared, load, answer, monkeypatch, name):
    """All 1,008 prompts are built word for word; the index comes out to 1e-4."""
    monkeypatch.setenv("COUNSEL_MIRROR", str(shared / "upstream"))
    task, collected = load(name, "upstream"), defaultdict(list)
    task.build_all_requests(apply_chat_template=True, chat_template=lambda turns, **_: json.dumps(turns))
    assert len(task.instances) == 1008
    for instance in task.instances:
        for metric, record in task.process_results(instance.doc, [answer(json.loads(instance.args[0]))]).items():
            collected[metric].append(record)
    rates = published(name)
    aggregated = {metric: task.aggregation()[metric](collected[metric]) for metric in rates}
    assert aggregated == pytest.approx(rates, abs=1e-4)


@pytest.mark.slow
def test_replay(serve, lm_eval, answer):
    """All 1,008 prompts are asked word for word; the index comes out to 1e-4 in both variants."""
    run = lm_eval(
        serve(lambda payload: answer(payload["messages"])).base_url, ",".join(EXPECTED), "--metadata", '{"source": "upstream"}'
    )
    for task in EXPECTED:
        rates = published(task)
        assert {name: run.metric(task, name) for name in rates} == pytest.approx(rates, abs=1e-4)
        assert run.metric(task, "order_gap") is None  # upstream asks in one order
        assert len(run.samples(task)) == 1008
        metadata = run.results["configs"][task]["metadata"]
        assert metadata["source"] == "upstream"
        assert metadata["dataset"]["items"] == 1008
        assert metadata["dataset"]["eligible"] == 324  # 3 conditions x 18 vignettes x 6 index items
        assert metadata["prompt_form"] == "chat:system"


INDEX = ("work closely", "live next door", "socializing", "as a friend", "marry into", "violent toward other")


def test_people_of_the_survey(shared, monkeypatch):
    """The README's reference line: mean over the six items of the index, as a fraction; by hand, control 103/600."""
    monkeypatch.setenv("COUNSEL_MIRROR", str(shared / "upstream"))
    rows = [row for row in registry.load("llms-as-therapists", "human").rows if any(part in row["question"] for part in INDEX)]
    assert len(rows) == 6
    text = (Path(tasks.__file__).parent / "counsel_stigma" / "README.md").read_text(encoding="utf-8").replace("\n", " ")
    for condition in ("control", "depression", "alcohol dependence", "schizophrenia"):
        column = "daily troubles" if condition == "control" else condition
        mean = sum(int(row[column]) for row in rows) / 600
        assert f"{condition} {mean:.3f}".replace(" 0.", " .") in text
