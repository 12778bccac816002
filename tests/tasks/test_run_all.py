"""The real lm_eval command over every task, and lm-eval's view of the task folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aiohttp import web
from lm_eval.tasks import TaskManager
from lm_eval.tasks._yaml_loader import load_yaml

from counsel_leaderboard import tasks
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.tasks.common.aggregate import AGGREGATIONS
from counsel_leaderboard.tasks.judge.settings import FREE_TAG
from tests.support.task_folders import JUDGED, PLAYED, REPLAYED, TASKS

INCLUDE = Path(tasks.__file__).parent


@pytest.fixture(scope="module")
def manager():
    return TaskManager(include_path=INCLUDE, include_defaults=False)


def test_every_yaml_is_loaded(manager):
    """A YAML that does not parse is skipped in silence by lm-eval; here each one must be a task or the group."""
    names = {load_yaml(path, resolve_func=True).get("task") for path in INCLUDE.rglob("counsel_*.yaml")}
    assert names == TASKS | PLAYED
    assert set(manager.all_subtasks) == TASKS | PLAYED | REPLAYED
    assert {path.stem for path in INCLUDE.rglob("*.yaml")} == {*TASKS, *PLAYED, *REPLAYED, "counsel"}


def test_glob_meets_tasks_alone(manager):
    """`counsel_*` must match neither the group nor a tag, or lm-eval refuses a task that it finds twice."""
    assert manager.all_groups == ["counsel"]
    assert not any(tag.startswith("counsel_") for tag in manager.all_tags)
    assert {name for name in manager.all_tasks if name.startswith("counsel_")} == TASKS | PLAYED


def test_tags_divide_the_tasks(manager):
    """Judge-free, judged and played by the session server are all tasks, and no task is two of them."""
    assert set(manager.task_index["counsel-sessions"].tags) == PLAYED
    assert set(manager.task_index["counsel-judged"].tags) == JUDGED
    assert set(manager.task_index[FREE_TAG].tags) == TASKS - JUDGED


@pytest.mark.parametrize("name", sorted(TASKS | PLAYED))
def test_what_lm_eval_loads_is_what_the_manifest_says(load, name):
    """The metrics with direction and aggregation, and in the results the facts that a board of the version before reads too."""
    task, manifest = load(name), catalog()[name].manifest
    table = manifest.table()
    assert task.higher_is_better() == {metric: facts.higher_is_better for metric, facts in table.items()}
    means = {metric: facts.combine for metric, facts in table.items() if facts.combine != "custom"}
    assert {metric: task.aggregation()[metric] for metric in means} == {
        metric: AGGREGATIONS[combine] for metric, combine in means.items()
    }
    metadata = task.config.metadata
    assert (metadata["combine"], metadata["range"]) == (table[manifest.headline].combine, list(table[manifest.headline].range))
    assert set(metadata["metrics"]) == set(table)
    rates = {"scored_rate", "answered_rate", "unparsed_rate", "failed_rate", "truncated_rate"}
    assert set(manifest.rates) == rates | ({"judged_rate"} if name in JUDGED | PLAYED else set())


def test_group_holds_everything(manager):
    """The group's tasks are all that a model is asked."""
    assert set(manager.load(["counsel"])["tasks"]) == TASKS


THREE = "counsel_stigma,counsel_psyllm,counsel_trajectory_reply"


@pytest.mark.parametrize("names", [THREE, pytest.param("counsel_*", marks=pytest.mark.slow)])
def test_every_task_runs_without_a_judge(serve, lm_eval, names):
    """With --limit 2 and COUNSEL_JUDGE=none: generated, stored, judged tasks left unscored.

    One stigma request gets a null, one client speech a 500 before its answer: the first is unscored and counted as failed, the
    second is asked again by lm-eval, and nothing else is touched.
    """
    refused = []

    def answer(payload):
        prompt = payload["messages"][-1]["content"]
        if "paints houses. She" in prompt and "stereotype" in payload["messages"][0]["content"]:
            return None
        if payload["max_tokens"] == 400 and not refused:
            refused.append(payload)
            return web.Response(status=500)
        if "(A):" in prompt or "Reply A:" in prompt:
            return "A"
        if (
            "whole number from 0" in prompt or "ready to send" in prompt
        ):  # a pair of requests: a number, or a letter of 60 words
            return "7" if "whole number" in prompt else "Dear reader, " + "she is never late " * 15
        return "40" if "0 to 100" in prompt else "I am glad that you tell me."

    run = lm_eval(serve(answer).base_url, names, "--limit", "2", COUNSEL_JUDGE="none")
    results = run.results
    assert set(results["configs"]) == (set(names.split(",")) if names == THREE else TASKS | PLAYED)
    for name in sorted({*results["configs"]} & PLAYED):  # no session server stands between: there is no session
        assert (run.metric(name, "failed_rate"), run.metric(name, "counselor_turns")) == (1, None)
    for name in sorted({*results["configs"]} - PLAYED):
        metadata = results["configs"][name]["metadata"]
        samples = run.samples(name)
        assert len(samples) == results["n-samples"][name]["effective"] == 2
        assert metadata["dataset"]["fingerprint"].startswith("sha256:")
        assert {sample["doc"]["dataset"] for sample in samples} == {metadata["dataset"]["name"]}
        assert run.metric(name, "answered_rate") == (1 if name != "counsel_stigma" else 1 / 2)
        assert run.metric(name, "failed_rate") == (0 if name != "counsel_stigma" else 1 / 2)
        assert (run.metric(name, metadata["headline"]) is None) == (name in JUDGED or name == "counsel_trajectory_reply")
        if name in JUDGED:
            assert metadata["judge"] is None
            assert [json.loads(sample["filtered_resps"][0])["state"] for sample in samples] == ["unjudged"] * 2


@pytest.mark.slow
def test_without_a_judge_nothing_is_generated(serve, lm_eval):
    """A judged task and no judge: the command stops before the first request and says what to set."""
    standin = serve(lambda payload: "Hello.")
    run = lm_eval(standin.base_url, "counsel_psyllm", "--limit", "2", check=False)
    assert run.process.returncode != 0
    assert standin.payloads == []
    for name in ("COUNSEL_JUDGE_URL", "COUNSEL_JUDGE_MODEL", "COUNSEL_JUDGE=none", FREE_TAG):
        assert name in run.process.stderr
