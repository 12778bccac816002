"""Runs of one model against clients that different models worded: their sessions are different, and both are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.board.board import scores
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from tests.support.run_folders import Item, Task, request, write


def session(words: str, name: str = "my_session") -> Task:
    items = [Item(f"client-{i}", {"stigma": 0.5, "scored_rate": 1.0}) for i in range(20)]
    return Task(name, items, area="sessions", ranked=False, settings={"clients_worded_by": words})


class Runs:
    """Stores runs of one model, each later than the one before."""

    def __init__(self, store: Store, path: Path) -> None:
        self.store, self.path, self.count = store, path, 0

    def add(self, *tasks: Task) -> str:
        self.count += 1
        record = request(list(tasks), model="org/model")
        folder = write(self.path / str(self.count), list(tasks), record=record, date=1.7e9 + self.count, model="org/model")
        return ingest(folder, self.store.home, store=self.store).run_id

    def shown(self) -> set[str]:
        return set(scores(self.store)["run_id"])


@pytest.fixture
def runs(store: Store, tmp_path: Path) -> Runs:
    return Runs(store, tmp_path / "folders")


def test_a_newer_run_replaces_one_with_the_same_words(runs: Runs) -> None:
    runs.add(session("scripted wording"))
    newer = runs.add(session("scripted wording"))
    assert runs.shown() == {newer}


def test_runs_with_other_words_stand_beside_each_other(runs: Runs) -> None:
    first, second = runs.add(session("scripted wording")), runs.add(session("org/client"))
    assert runs.shown() == {first, second}


def test_fixed_sides_have_no_words_of_a_model(runs: Runs) -> None:
    runs.add(session("fixed sides", "my_sides"))
    both = runs.add(session("scripted wording"), session("fixed sides", "my_sides"))
    assert runs.shown() == {both}


def test_a_run_without_sessions_is_replaced_by_one_that_has_more(runs: Runs) -> None:
    items = [Item(f"v{i}", {"stigma": 0.5, "scored_rate": 1.0}) for i in range(20)]
    runs.add(Task("counsel_stigma", items))
    both = runs.add(Task("counsel_stigma", items), session("org/client"))
    assert runs.shown() == {both}
