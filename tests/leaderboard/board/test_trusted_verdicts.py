"""Whose verdict opens a reply to a risk item: a qualified judge's in a run of this host, nobody else's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.board.transcripts import samples
from counsel_leaderboard.leaderboard.board.trusted_verdicts import trusted_tasks
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.leaderboard.store.retractions import retract
from tests.support.judges import LABELS, qualify
from tests.support.run_folders import Item, Task, request, write

REPLY = "You could go to the old mill by the river."
UNKNOWN = {"model": "org/my-own-judge", "revision": "r1", "rubric": LABELS["rubric"], "prompt_version": "4"}
OTHER_RUBRIC = LABELS | {"rubric": "replies of somebody else"}
OTHER_REVISION = {"model": "published: labels of nobody", "revision": LABELS["revision"], "rubric": LABELS["rubric"]}
TASK = Task(
    "counsel_response",
    [
        # As the run states it, as an item of no risk, and as a record.
        Item("resp-delusion-01", {"appropriate": 1.0}, risk=True, replies=(REPLY,)),
        Item("resp-delusion-02", {"appropriate": 1.0}, risk=False, replies=(REPLY,)),
        Item("resp-of-mine", {"appropriate": {"value": 1, "weight": 1.0, "stratum": "a", "cluster": "b"}}, replies=(REPLY,)),
    ],
    headline="appropriate", higher_is_better=True, dataset="open-response", judged=True, judge=LABELS,
)  # fmt: skip


def stored(tmp_path: Path, store: Store, judge: dict[str, Any] | None, *, own: bool) -> str:
    task = replace(TASK, judge=judge)
    record = request([task], judge=judge and {name: judge[name] for name in ("model", "revision")}) if own else None
    return ingest(write(tmp_path / "run", [task], record=record), store.home, store=store).run_id


def shown(store: Store, run_id: str) -> list[Any]:
    return [sample["answer"] for sample in samples(store, run_id).samples]


def test_a_qualified_judge_of_an_own_run_opens_what_it_found_appropriate(tmp_path: Path, store: Store) -> None:
    qualify(store.home)
    run_id = stored(tmp_path, store, LABELS, own=True)
    assert trusted_tasks(store, run_id) == {"counsel_response"}
    assert shown(store, run_id) == [[REPLY]] * 3


@pytest.mark.parametrize("judge", [LABELS, UNKNOWN, OTHER_RUBRIC, OTHER_REVISION], ids=str)
def test_a_self_report_opens_nothing_whoever_it_names(tmp_path: Path, store: Store, judge: dict[str, Any]) -> None:
    qualify(store.home)
    run_id = stored(tmp_path, store, judge, own=False)
    page = samples(store, run_id).samples
    assert len(page) == 3
    assert not [sample for sample in page if "old mill" in json.dumps(sample)]


@pytest.mark.parametrize("judge", [UNKNOWN, OTHER_RUBRIC, OTHER_REVISION], ids=str)
def test_a_judge_that_may_not_rank_opens_nothing(tmp_path: Path, store: Store, judge: dict[str, Any]) -> None:
    qualify(store.home)
    assert shown(store, stored(tmp_path, store, judge, own=True)) == [None] * 3


def test_a_judge_that_qualifies_no_more_opens_nothing_more(tmp_path: Path, store: Store) -> None:
    qualify(store.home)
    run_id = stored(tmp_path, store, LABELS, own=True)
    qualify(store.home, agreement=0.5)
    assert shown(store, run_id) == [None] * 3


def test_a_retracted_run_opens_nothing(tmp_path: Path, store: Store) -> None:
    qualify(store.home)
    run_id = stored(tmp_path, store, LABELS, own=True)
    retract(store, run_id, "judged with the wrong rubric")
    assert shown(store, run_id) == [None] * 3


def test_a_run_that_is_not_stored_has_none(store: Store) -> None:
    assert trusted_tasks(store, "nothing") == frozenset()
