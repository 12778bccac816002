"""Ranks on the board: from stored runs to tiers, rank spreads and derived rows."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.board import ranks
from counsel_leaderboard.leaderboard.exchange.board_text import board_text
from counsel_leaderboard.leaderboard.store import retractions
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from tests.support.run_folders import Item, Task, request, write

CLUSTERS = 40


def stigma(level: float, seed: int, missing: int = 0) -> Task:
    """Forty vignettes with six questions each, stigma at this rate; the last answers are not scored."""
    rng = np.random.default_rng(seed)
    items = []
    for number in range(CLUSTERS * 6):
        is_scored = number < CLUSTERS * 6 - missing
        metrics: dict[str, Any] = {"scored_rate": float(is_scored)} | (
            {"stigma": float(rng.random() < level)} if is_scored else {}
        )
        items.append(Item(f"v{number // 6:02d}-q{number % 6}", metrics, cluster=f"v{number // 6:02d}"))
    return Task("counsel_stigma", items)


class Shelf:
    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder

    def add(self, task: Task, model: str, role: str = "candidate") -> str:
        folder = write(self.folder / model.replace("/", "_"), [task], record=request([task], model=model, role=role))
        return ingest(folder, self.store.home, store=self.store).run_id

    def rows(self, metric: str = "stigma") -> dict[str, dict[str, Any]]:
        scores = boards.scores(self.store).filter(pl.col("metric") == metric)
        return {row["model"]: row for row in scores.iter_rows(named=True)}


@pytest.fixture
def shelf(store: Store, tmp_path: Path) -> Shelf:
    new_shelf = Shelf(store, tmp_path)
    for number, (model, level) in enumerate({"org/good": 0.1, "org/same": 0.12, "org/bad": 0.6}.items()):
        new_shelf.add(stigma(level, number), model)
    return new_shelf


def test_tiers_and_spreads_honour_lower_is_better(shelf: Shelf) -> None:
    placed = {model: (row["tier"], row["rank_low"], row["rank_high"]) for model, row in shelf.rows().items()}
    assert placed == {"org/good": (1, 1, 2), "org/same": (1, 1, 2), "org/bad": (2, 3, 3)}


def test_a_score_has_its_interval_and_method(shelf: Shelf) -> None:
    row = shelf.rows()["org/good"]
    assert row["low"] < row["value"] < row["high"]
    assert (row["interval"], row["note"], row["n_clusters"]) == ("logit", "", CLUSTERS)
    assert row["bound_low"] == row["bound_high"] == row["value"]


def test_unscored_items_have_bounds(shelf: Shelf) -> None:
    shelf.add(stigma(0.3, 9, missing=6), "org/gaps")
    row = shelf.rows()["org/gaps"]
    answered = CLUSTERS * 6 - 6
    assert row["bound_low"] == pytest.approx(row["value"] * answered / (answered + 6))
    assert row["bound_high"] == pytest.approx((row["value"] * answered + 6) / (answered + 6))
    assert row["tier"] is not None


def test_a_control_takes_the_rank_of_what_is_not_better(shelf: Shelf) -> None:
    shelf.add(stigma(0.6, 7), "constant-a", role="control")
    rows = shelf.rows()
    assert rows["org/bad"]["unranked_reason"] == "not better than the control constant-a"
    assert (rows["org/bad"]["ranked"], rows["org/bad"]["tier"]) == (False, None)
    assert rows["constant-a"]["unranked_reason"] == "a scripted control, which is no model"
    assert (rows["org/good"]["rank_low"], rows["org/good"]["rank_high"]) == (1, 2)
    board = boards.read(shelf.store)
    assert "best control: constant-a, which 1 of 3 models do not beat" in board_text(board.scores, 200, board.ranks)


def test_pairs_of_the_board(shelf: Shelf) -> None:
    runs = {model: row["run_id"] for model, row in shelf.rows().items()}
    pairs = ranks.pairs(shelf.store, "open", "counsel_stigma", [runs["org/good"], runs["org/bad"]])
    first = pairs.row(0, named=True)
    assert first["a"] == runs["org/good"]
    assert first["difference"] > 0.3  # lower is better, and the sign says who is better
    assert first["probability"] > 0.999
    assert ranks.pairs(shelf.store, "upstream", "counsel_stigma", list(runs.values())).is_empty()


def test_a_retraction_moves_the_ranks(shelf: Shelf) -> None:
    run_id = shelf.rows()["org/good"]["run_id"]
    retractions.retract(shelf.store, run_id, "trained on the items")
    placed = {model: (row["tier"], row["rank_low"], row["rank_high"]) for model, row in shelf.rows().items()}
    assert placed == {"org/same": (1, 1, 1), "org/bad": (2, 2, 2)}


def test_the_text_says_rank_spread_and_what_can_be_told_apart(shelf: Shelf) -> None:
    board = boards.read(shelf.store)
    text = board_text(board.scores, 200, board.ranks)
    lines = {model: next(line for line in text.splitlines() if model in line) for model in ("org/good", "org/same", "org/bad")}
    assert "1 to 2" in lines["org/good"]
    assert "1 to 2" in lines["org/same"]
    assert "1 to 2" not in lines["org/bad"]
    assert len(re.findall(r"minimum detectable difference at 80% power: 0\.\d+", text)) == 1


def test_questions_like_these_are_shown_and_not_ranked(store: Store, tmp_path: Path) -> None:
    plain = stigma(0.3, 1)
    by_question = [replace(item, question=item.id[-2:]) for item in plain.items]
    derived = {"stigma_for_questions_like_these": {"method": "questions", "using": "question"}}
    shelf = Shelf(store, tmp_path)
    shelf.add(replace(plain, items=by_question, derived=derived), "org/model")
    narrow, wide = shelf.rows()["org/model"], shelf.rows("stigma_for_questions_like_these")["org/model"]
    assert wide["value"] == narrow["value"]
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]
    assert (wide["ranked"], wide["tier"], wide["headline"]) == (False, None, False)


def preference(wins: list[float | None], ratios: list[float]) -> Task:
    items = []
    for number, (win, ratio) in enumerate(zip(wins, ratios, strict=True)):
        metrics = {"scored_rate": float(win is not None), "len_ratio": ratio} | ({} if win is None else {"win_rate": win})
        items.append(Item(f"s{number:02d}", metrics))
    derived = {"win_rate_length_controlled": {"method": "length_controlled", "using": "len_ratio"}}
    return Task(
        "counsel_preference", items, headline="win_rate", area="preference", higher_is_better=True, dataset="open-preference",
        derived=derived,
    )  # fmt: skip


def test_the_win_rate_at_equal_length_stands_beside_the_plain_one(store: Store, tmp_path: Path) -> None:
    shelf = Shelf(store, tmp_path)
    shelf.add(preference([1.0, 0.5, 0.0, 1.0, None] * 4, [1.0] * 20), "org/even")
    shelf.add(preference([1.0, 0.0] * 10, [math.e] * 20), "org/long")
    rows = shelf.rows("win_rate_length_controlled")
    assert rows["org/even"]["value"] == pytest.approx(2.5 / 4)
    assert (rows["org/even"]["n_items"], rows["org/even"]["n_unscored"]) == (16, 4)
    assert rows["org/long"]["value"] is None
    assert "equal length lies outside" in rows["org/long"]["note"]
