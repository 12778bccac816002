"""A judge rates stored sessions a second time: cold, in another order, and only where the run names the same judge."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.judges import session_retest as records
from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.tasks.counsel_ctrs import task as ctrs
from counsel_leaderboard.tasks.exam.session_retest import RATINGS, TASKS, run_retest
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.judging import identity
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint, JudgeError
from tests.support.scripted_replies import ticket_of
from tests.support.session_runs import ctrs_run
from tests.support.stand_in_server import StandIn

Serve = Callable[[Callable[[dict[str, Any]], Any]], StandIn]


def rated(value: int) -> dict[str, int | str]:
    """A judge's answer with this rating of every item, shown in turn 1."""
    return {name: value if name in ctrs.CBT_ACTS.names else 1 for name in ctrs.PLAN.fields}


def endpoint(url: str) -> JudgeEndpoint:
    return JudgeEndpoint(url, "org/judge", revision="r1")


def test_both_ratings_of_every_item_are_written_and_the_run_stays_as_it_is(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    served = serve(lambda payload: json.dumps({"ticket": ticket_of(payload), "reason": "As scripted.", **rated(4)}))
    judge = endpoint(served.base_url)
    folder = ctrs_run(
        tmp_path / "run", sessions=3, outcomes=[CallOutcome("judged", rated(3))], judge=identity(judge, ctrs.PLAN)
    )
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    run_retest(tmp_path / "out", [folder], judge)
    rows = [json.loads(line) for line in (tmp_path / "out" / RATINGS).read_text().splitlines()]
    assert len(rows) == 3 * len(ctrs.CBT_ACTS.names)
    assert {(row["task"], row["first"], row["second"]) for row in rows} == {("counsel_ctrs", 3, 4)}
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    record = records.read(tmp_path / "out", "org/judge", "r1")
    assert [item.item for item in record.items] == sorted(ctrs.CBT_ACTS.names)
    assert not any(item.enters_total for item in record.items)
    stored = records.write(tmp_path / "home", record)
    assert records.SessionRetest.model_validate_json(stored.read_bytes()) == record


def test_the_second_time_asks_the_same_in_another_order() -> None:
    for task in TASKS:
        assert list(task.again.fields) != list(task.plan.fields)
        assert task.again.fields == task.plan.fields


def test_another_judge_than_the_runs_is_refused(tmp_path: Path) -> None:
    named = {**identity(endpoint("http://127.0.0.1:9/v1"), ctrs.PLAN), "model": "org/other"}
    folder = ctrs_run(tmp_path / "run", outcomes=[CallOutcome("judged", rated(3))], judge=named)
    with pytest.raises(JudgeError, match="counsel_ctrs was judged with another model"):
        run_retest(tmp_path / "out", [folder], endpoint("http://127.0.0.1:9/v1"))
    assert not (tmp_path / "out" / RATINGS).exists()


def test_without_a_judge_there_is_no_retest(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match="a retest needs a judge"):
        run_retest(tmp_path / "out", [tmp_path], None)


def test_a_folder_without_ratings_holds_no_retest(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="holds no retest"):
        records.read(tmp_path, "org/judge", None)
