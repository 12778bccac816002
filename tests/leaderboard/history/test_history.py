"""The public history follows from what is stored: rows, withdrawn ones, judges, versions, and the course of a column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.board.item_scores import item_scores
from counsel_leaderboard.leaderboard.history.columns import column_history
from counsel_leaderboard.leaderboard.history.events import events
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.leaderboard.store.retractions import retract
from tests.support.run_folders import Item, Task, request, write

DAY = 86_400.0
START = 1_767_322_800.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def task(values: list[float], **changes: Any) -> Task:
    items = [Item(f"i{number}", {"stigma": value, "scored_rate": 1.0}, f"v{number}") for number, value in enumerate(values)]
    return replace(Task("counsel_stigma", items), **changes)


def add(store: Store, name: str, day: int, asked: Task, **changes: Any) -> str:
    folder = store.home / "incoming" / name
    write(folder, [asked], record={**request([asked], model=name), **changes}, model=name, date=START + day * DAY)
    return ingest(folder, store.home, store=store).run_id


def test_rows_withdrawals_judges_and_versions_stand_newest_first(store: Store) -> None:
    old = add(store, "org/old", 0, task([0, 1]))
    add(store, "control/letter-a", 1, task([1, 1]), role="control")
    judge = {"model": "judge-1", "url_host": "h", "revision": None}
    new = add(store, "org/new", 2, task([0, 0], version="1.2", judge=judge, judged=True), judge=judge)
    add(store, "org/same", 3, task([0, 0], version="1.2", fingerprint="sha256:" + "1" * 64))
    retract(store, old, "the answers were mixed up")
    known = events(store)
    assert [event.at for event in known] == sorted((event.at for event in known), reverse=True)
    assert [(event.kind, event.model) for event in known if event.kind == "row"] == [
        ("row", "org/same"), ("row", "org/new"), ("row", "org/old"),
    ]  # fmt: skip
    (withdrawn,) = [event for event in known if event.kind == "retraction"]
    assert (withdrawn.run_id, withdrawn.details["reason"]) == (old, "the answers were mixed up")
    (first,) = [event for event in known if event.kind == "judge"]
    assert (first.run_id, first.details["judge"], first.details["before"]) == (new, "judge-1", None)
    changed = [event.details for event in known if event.kind == "bank"]
    banks = [(details["before"], details["version"], details["same_version"]) for details in changed]
    assert banks == [("1.2", "1.2", True), ("1.0", "1.2", False)]


def test_a_column_has_every_score_in_order_with_what_changed(store: Store) -> None:
    add(store, "org/b", 1, task([0, 1]))
    first = add(store, "org/a", 0, task([0, 1]))
    add(store, "org/c", 2, task([1, 1], version="1.2"))
    retract(store, first, "withdrawn by its author")
    history = column_history(store, "counsel_stigma", "open")
    assert history["model"].to_list() == ["org/a", "org/b", "org/c"]
    assert history["value"].to_list() == [0.5, 0.5, 1.0]
    assert history["retraction"].to_list() == ["withdrawn by its author", None, None]
    assert history["changed"].to_list() == [False, False, True]
    assert column_history(store, "counsel_stigma", "upstream").is_empty()


def test_items_on_which_models_differ_stand_first(store: Store) -> None:
    first, second = add(store, "org/a", 0, task([0, 1, 1])), add(store, "org/b", 1, task([0, 0, 1]))
    got = item_scores(store, "counsel_stigma", [first, second, "absent"])
    assert got.select("item", "spread", first, second, "absent").rows() == [
        ("i1", 1.0, 1.0, 0.0, None), ("i0", 0.0, 0.0, 0.0, None), ("i2", 0.0, 1.0, 1.0, None),
    ]  # fmt: skip
    assert item_scores(store, "counsel_ctrs", [first]).is_empty()
