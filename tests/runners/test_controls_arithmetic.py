"""Controls of the judge-free tasks through the whole pipeline, against what hand arithmetic says of the items they met."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leaderboard.store import Store

NAMES = (*(f"letter-{letter}" for letter in "abcde"), "pick-first", "constant-50")
TASKS = "counsel_stigma,counsel_preference_rank,counsel_trajectory_rating"


def scores(home: Path) -> dict[tuple[str, str], float | None]:
    """Every score by control and metric."""
    sql = "SELECT model, metric, value FROM scores JOIN runs USING (run_id)"
    with Store.open(home) as store, store.reading() as cursor:
        return {(model.removeprefix("control/"), metric): value for model, metric, value in cursor.execute(sql).fetchall()}


def documents(home: Path, task: str) -> list[dict[str, Any]]:
    """The documents of a task that one of its controls met; all met the same."""
    file = next((home / "runs").glob(f"*/samples_{task}_2*.jsonl"))
    return [json.loads(line)["doc"] for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.slow
def test_constant_answers_score_what_their_items_say(counsel, home):
    outcome = counsel("controls", *NAMES, "--tasks", TASKS, "--limit", "24")
    assert outcome.code == 0, outcome.err
    found = scores(home)
    headline = ("depression", "alcohol dependence", "schizophrenia")
    asked = [doc for doc in documents(home, "counsel_stigma") if doc["stratum"] in headline]
    assert asked
    for place, letter in enumerate("abcd"):
        # Each of the four options counts as stigma or not; the fifth is "do not know" and has no score.
        by_hand = sum(doc["codes"][place] for doc in asked) / len(asked)
        assert found[f"letter-{letter}", "stigma"] == pytest.approx(by_hand)
        assert found[f"letter-{letter}", "scored_rate"] == 1
    assert found.get(("letter-e", "stigma")) is None
    assert (found["letter-e", "scored_rate"], found["letter-e", "dk_rate"]) == (0, 1)
    # Each pair is asked in both orders, so the first reply is the better one in one of the two.
    assert (found["pick-first", "acc"], found["pick-first", "consistency"]) == (0.5, 0)
    # A constant has no covariance with anything: no concordance, and no correlation to speak of.
    assert found["constant-50", "ccc"] == 0
    assert found.get(("constant-50", "pearson")) is None
