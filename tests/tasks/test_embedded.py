"""The README's command over every task against the embedded engine, which judges too: a poor judge, and no invented number."""

from __future__ import annotations

import json

import pytest

from counsel_leaderboard.runners.errors import WeightsError
from counsel_leaderboard.runners.models import demo_model
from tests.support.task_folders import JUDGED, TASKS

# Whole replies would take two cores some minutes more, and tell nothing more.
SHORT = ("--limit", "1", "--gen_kwargs", "max_gen_toks=64")
CALLS = {"counsel_preference": 2, "counsel_psyllm": 1}


@pytest.fixture
def server():
    """The embedded engine with the demo model."""
    try:
        engine = demo_model()
    except WeightsError as error:
        pytest.skip(f"needs the demo model's weights: {error}")
    with engine.serve() as served:
        yield served


@pytest.mark.slow
def test_every_task_has_its_headline_or_its_count_of_what_has_none(server, lm_eval):
    judge = {"COUNSEL_JUDGE_URL": server.base_url, "COUNSEL_JUDGE_MODEL": server.model, "COUNSEL_JUDGE_TIMEOUT": "600"}
    run = lm_eval(server.base_url, ",".join(sorted(TASKS)), *SHORT, **judge)
    assert set(run.results["results"]) == TASKS
    for task in TASKS:
        metadata = run.results["configs"][task]["metadata"]
        (sample,) = run.samples(task)
        headline = run.metric(task, metadata["headline"])
        assert (headline is not None) == (metadata["headline"] in sample["metrics"])
        low, high = metadata["range"]
        assert headline is None or low <= headline <= high
        # A series of one value is scored and has no correlation; everything else without a headline is counted as unscored.
        assert headline is not None or run.metric(task, "scored_rate") == 0 or run.metric(task, "constant_rate") == 1
        assert run.metric(task, "failed_rate") == 0
        if task in JUDGED:
            calls = CALLS.get(task) or len(sample["doc"]["acts"])
            assert_verdict(run, task, json.loads(sample["filtered_resps"][0]), calls)


def assert_verdict(run, task, verdict, calls):
    """A number where the judge gave a readable verdict on every call, or none was needed; else none, and counted."""
    decided = verdict["state"] in ("judged", "empty")
    names = (run.results["configs"][task]["metadata"]["headline"], "judged_rate", "scored_rate", "unparsed_rate")
    headline, *rates = (run.metric(task, name) for name in names)
    assert (headline is not None) == decided
    assert rates == [decided, decided, verdict["state"] == "unread"]
    record = run.results["configs"][task]["metadata"]["judge"]
    assert record["calls"] == (0 if verdict["state"] == "empty" else calls)
    assert record["unread"] == verdict["answers"].count(None)
    assert record["unreached"] == 0
