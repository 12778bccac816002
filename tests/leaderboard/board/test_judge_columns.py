"""A second judge changes nothing that stood on the board, and never ranks against the first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.board.judge_columns import SEEN, JudgeName, judges_seen, note
from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.leaderboard.store import retractions
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.leaderboard.store.rebuild import rebuild
from tests.support.run_folders import Item, Task, request, write

FIRST, SECOND = JudgeName("org/first", "r1"), JudgeName("org/second")
MODELS = {"org/good": 0.8, "org/fair": 0.5, "org/bad": 0.2}


def passed(_judging: Any) -> None:
    """Every judge has passed its exam."""


def task(name: str, level: float, seed: int, judge: JudgeName | None = None) -> Task:
    """Sixty items of one each, right at this rate."""
    rng = np.random.default_rng(seed)
    values = [float(rng.random() < level) for _ in range(60)]
    items = [Item(f"v{number:02d}", {"appropriate": value, "scored_rate": 1.0}) for number, value in enumerate(values)]
    record = judge and {"model": judge.model, "revision": judge.revision, "rubric": "sha256:1"}
    return Task(name, items, headline="appropriate", higher_is_better=True, judged=judge is not None, judge=record)


class Shelf:
    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder

    def add(self, model: str, level: float, judge: JudgeName, seed: int = 0, date: float = 1767322800.0, **changes: Any) -> str:
        tasks = [task("counsel_stigma", 0.5, seed), task("counsel_response", level, seed, judge)]
        named = {"model": judge.model, "revision": judge.revision, "url_host": "127.0.0.1"}
        path = self.folder / f"{model}-{judge.model}-{date}".replace("/", "_")
        folder = write(path, tasks, record=request(tasks, model=model, judge=named, **changes), date=date)
        return ingest(folder, self.store.home, store=self.store).run_id

    def read(self, judge: JudgeName | None = None) -> boards.Board:
        return boards.read(self.store, judges=passed, judge=judge)

    def of(self, runs: list[str], judge: JudgeName | None = None) -> pl.DataFrame:
        return self.read(judge).scores.filter(pl.col("run_id").is_in(runs))


@pytest.fixture
def shelf(store: Store, tmp_path: Path) -> Shelf:
    return Shelf(store, tmp_path)


def fill(shelf: Shelf, judge: JudgeName, shift: float = 0.0, **more: Any) -> list[str]:
    levels = sorted(MODELS.items())
    return [shelf.add(model, level + shift, judge, seed=number, **more) for number, (model, level) in enumerate(levels)]


def why(rows: pl.DataFrame, task: str) -> set[str | None]:
    return set(rows.filter(pl.col("headline") & (pl.col("task") == task))["unranked_reason"])


@pytest.mark.parametrize("date", [1767322800.0, 1600000000.0], ids=["the same answers judged again", "an older run"])
def test_a_new_judge_without_a_bridge_changes_no_number_and_no_rank(shelf, date):
    first = fill(shelf, FIRST)
    before = shelf.of(first)
    assert before.filter("headline")["ranked"].all()
    second = fill(shelf, SECOND, shift=0.15, date=date)
    assert shelf.read().judge == FIRST
    assert shelf.of(first).equals(before)
    after = shelf.of(second)
    assert why(after, "counsel_response") == {"by another judge than this board's, org/first at r1"}
    assert why(after, "counsel_stigma") == {"the same model stands here already, in a run with another judge"}
    assert after["tier"].is_null().all()


def test_each_judge_has_a_board_of_its_own(shelf):
    first, second = fill(shelf, FIRST), fill(shelf, SECOND, shift=0.15)
    there = shelf.of(second, SECOND).filter("headline")
    assert there["ranked"].all()
    assert why(shelf.of(first, SECOND), "counsel_response") == {"by another judge than this board's, org/second"}
    ranks = dict(there.filter(pl.col("task") == "counsel_response").select("model", "rank_low").iter_rows())
    assert ranks == {"org/good": 1, "org/fair": 2, "org/bad": 3}
    # Alone on a shelf, the second judge's runs would have got the very same numbers.
    assert not shelf.read(SECOND).ranks.frame["run_id"].is_in(first).any()


def test_a_model_that_only_the_second_judge_saw_keeps_its_judge_free_rank(shelf):
    fill(shelf, FIRST)
    new = shelf.add("org/new", 0.5, SECOND, seed=9)
    rows = shelf.of([new])
    assert why(rows, "counsel_stigma") == {None}
    assert why(rows, "counsel_response") == {"by another judge than this board's, org/first at r1"}


def test_a_control_counts_on_the_board_of_its_judge_alone(shelf):
    """A second judge that likes a control bars nobody on the first judge's board."""
    first = fill(shelf, FIRST)
    shelf.add("control/template", 1.0, SECOND, role="control")
    rows = shelf.of(first).filter(pl.col("task") == "counsel_response")
    assert rows.filter("headline")["ranked"].to_list() == [True] * len(first)


def test_the_order_of_judges_lasts_over_a_rebuild_and_gives_way_when_all_is_retracted(shelf, tmp_path):
    first, second = fill(shelf, FIRST), fill(shelf, SECOND, date=1600000000.0)
    for run in first:
        retractions.retract(shelf.store, run, "the first judge is gone")
    assert shelf.read().judge == SECOND
    assert shelf.of(second).filter("headline")["ranked"].all()
    home = shelf.store.home
    shelf.store.close()
    rebuild(home)
    assert judges_seen(home) == [FIRST, SECOND]


def test_a_judge_is_noted_once_and_a_broken_line_is_named(tmp_path):
    for judge in (FIRST, SECOND, FIRST):
        note(tmp_path, judge)
    assert judges_seen(tmp_path) == [FIRST, SECOND]
    (tmp_path / SEEN).write_text('["a", null]\n{"b": 1, "c": 2, "d": 3}\n')
    with pytest.raises(StorageError, match=r"seen\.jsonl: holds a line"):
        judges_seen(tmp_path)
