"""What leaves the overall order, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.board.overall_words import overall_words
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.exchange.board_text import board_text
from counsel_leaderboard.leaderboard.judges.qualification.decision import Judging
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.registry.manifests import catalog, overall_tasks
from tests.support.overall_task import write_task
from tests.support.run_folders import Item, Task, request, write

JUDGE = {"model": "org/judge", "revision": "r1"}
NO_CARD = Reason(Code.JUDGE_WITHOUT_CARD, {"judge": "org/judge", "revision": "r1"})
OURS = overall_tasks("open")


def task(name: str, level: float) -> Task:
    manifest = catalog()[name].manifest
    headline = manifest.metrics[manifest.headline]
    lo, hi = headline.range
    good = level if headline.higher_is_better else 1 - level
    values = [lo + (hi - lo) * min(max(good + 0.05 * (-1) ** number, 0.0), 1.0) for number in range(20)]  # type: ignore[operator]
    items = [Item(f"v{n}", {manifest.headline: value, "scored_rate": 1.0}) for n, value in enumerate(values)]
    return Task(
        name, items, headline=manifest.headline, area=manifest.area, range=(lo, hi),  # type: ignore[arg-type]
        higher_is_better=headline.higher_is_better, judged=manifest.judged, judge=JUDGE if manifest.judged else None,
    )  # fmt: skip


def fill(store: Store, folder: Path, levels: dict[str, float], names: tuple[str, ...] = OURS) -> None:
    for model, level in levels.items():
        tasks = [task(name, level) for name in names]
        sent = write(folder / model, tasks, record=request(tasks, model=model, judge=JUDGE), model=model)
        ingest(sent, store.home, store=store)


def qualified(_judging: Judging) -> Reason | None:
    return None


def test_the_rule_stands_where_there_is_an_order(store: Store, tmp_path: Path) -> None:
    fill(store, tmp_path, {"best": 0.8, "good": 0.6})
    board = boards.read(store, judges=qualified)
    assert board.ranks.overall is not None
    assert set(board.ranks.overall.tasks) == set(OURS)
    words = overall_words(board)
    assert "the areas weigh the same" in words
    assert "qualified judge" in words
    assert "aturated" not in words
    assert f"tasks in it, the areas alike: {', '.join(OURS)}" in board_text(board.scores, 400, board.ranks).replace("\n", "")


def test_without_a_qualified_judge_in_every_area_there_is_none(store: Store, tmp_path: Path) -> None:
    fill(store, tmp_path, {"best": 0.8, "good": 0.6})
    board = boards.read(store, judges=lambda judging: None if judging.task == "counsel_response" else NO_CARD)
    assert board.ranks.overall is None
    assert overall_words(board) == "There is no overall order: no qualified judge yet in Preferred replies, Counseling quality."


def test_one_model_is_no_order(store: Store, tmp_path: Path) -> None:
    fill(store, tmp_path, {"best": 0.8})
    assert "no two models" in overall_words(boards.read(store, judges=qualified))


def test_a_saturated_task_leaves_and_nobody_needs_it(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(tmp_path / "tasks")
    monkeypatch.setenv("COUNSEL_TASKS", str(tmp_path / "tasks"))
    fill(store, tmp_path / "runs", {"best": 0.8, "good": 0.6})
    board = boards.read(store, judges=qualified)
    assert board.ranks.overall is not None
    assert set(board.ranks.overall.tasks) == set(OURS)
    assert board.coverage["complete"].all()
    assert "Left out because it is saturated: A toy (at the ceiling)." in overall_words(board)


def test_a_task_that_separates_is_needed(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(tmp_path / "tasks", panel={"saturated": None})
    monkeypatch.setenv("COUNSEL_TASKS", str(tmp_path / "tasks"))
    fill(store, tmp_path / "runs", {"best": 0.8, "good": 0.6})
    board = boards.read(store, judges=qualified)
    assert board.ranks.overall is None
    assert board.coverage["missing"].to_list() == [["toy"], ["toy"]]


def test_an_area_without_a_task_ends_the_order(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(tmp_path / "tasks", area="play")
    monkeypatch.setenv("COUNSEL_TASKS", str(tmp_path / "tasks"))
    fill(store, tmp_path / "runs", {"best": 0.8, "good": 0.6})
    board = boards.read(store, judges=qualified)
    assert board.ranks.overall is None
    assert "every task of Play is saturated" in overall_words(board)
    assert board.coverage["complete"].to_list() == [False, False]
    assert (
        board.coverage["reason"].to_list() == ["there is no overall order: every task of Play is saturated, see its page"] * 2
    )
