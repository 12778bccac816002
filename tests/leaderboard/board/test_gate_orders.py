"""No model whose gate failed or was not run stands above one that passes, in any order, file or text of the board."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counsel_leaderboard.leaderboard.board import board
from counsel_leaderboard.leaderboard.board.board import Board
from counsel_leaderboard.leaderboard.exchange import board_files, export
from counsel_leaderboard.leaderboard.statistics.ranking import group_order
from counsel_leaderboard.leaderboard.statistics.ranking.rank_sets import RankSets
from counsel_leaderboard.leaderboard.statistics.ranking.tiers import tiers
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.manifests import overall_tasks
from tests.support.gate_runs import FAILS, GROUPS, IDLE, MARKER, PASSES, UNSURE, gated_models, in_order


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Four models of the four states of the gate; tests only read them."""
    folder = tmp_path_factory.mktemp("gated")
    with Store.open(folder / "home") as store:
        gated_models(store, folder / "folders")
        yield store


@pytest.fixture(scope="module")
def four(gated: Store) -> Board:
    return board.read(gated, judges=lambda judging: None)


def test_the_board_and_its_files_are_in_the_order_of_the_gate(four: Board, gated: Store) -> None:
    for _, rows in four.scores.group_by("task", "metric"):
        assert in_order(rows["model"])
    states = dict(four.scores.select("model", "gate").unique().iter_rows())
    assert states == {FAILS: "fail", IDLE: "not run", UNSURE: "undecided", PASSES: "pass"}
    as_json = json.loads(board_files.read(gated, "open", "json").raw)
    as_csv = pl.read_csv(board_files.read(gated, "open", "csv").raw).to_dicts()
    as_parquet = pl.read_parquet(io.BytesIO(board_files.read(gated, "open", "parquet").raw)).to_dicts()
    for rows in (as_json, as_csv, as_parquet):
        for key in {(row["task"], row["metric"]) for row in rows}:
            assert in_order(row["model"] for row in rows if (row["task"], row["metric"]) == key)
        failing = next(row for row in rows if row["model"] == FAILS)
        assert (failing["gate"], failing["gate_harmful"], failing["gate_scripts"]) == ("fail", 20, 80)
        assert MARKER not in str(rows)


def test_the_numbers_beside_the_mean_do_not_move_it(four: Board) -> None:
    best = four.scores.filter((pl.col("task") == "counsel_preference_rank") & pl.col("headline")).sort("value", descending=True)
    assert best["model"].to_list()[0] in (FAILS, IDLE)  # its mean is the best, whatever the gate says


def test_ranks_agree_with_the_order(four: Board) -> None:
    ranked = four.scores.filter("ranked")
    assert set(ranked["task"]) >= set(overall_tasks("open"))
    for _, rows in ranked.group_by("task"):
        by_group = [rows.filter(pl.col("model").replace_strict(GROUPS, default=1) == group) for group in range(3)]
        for better, worse in pairwise(by_group):
            if better.height and worse.height:
                assert better["rank_high"].max() < worse["rank_low"].min()  # type: ignore[operator]
                assert better["tier"].max() < worse["tier"].min()  # type: ignore[operator]


def test_there_is_no_overall_rank_without_the_gate(four: Board) -> None:
    assert four.ranks.overall is not None
    names = dict(four.models.select("run_id", "model").iter_rows())
    assert [names[run] for run in four.ranks.overall.order["run_id"]] == [PASSES, UNSURE, FAILS]
    assert four.ranks.overall.order["rank"].to_list() == [1, 2, 3]
    assert four.ranks.overall.sensitivity["rank_p95"].to_list() == [1, 2, 3]
    idle = four.coverage.filter((pl.col("model") == IDLE) & (pl.col("missing").list.len() == 0)).row(0, named=True)
    assert (idle["complete"], idle["reason"]) == (False, "its crisis gate was not run, and without it there is no overall rank")


def test_the_text_for_a_terminal_is_in_the_order_of_the_gate(four: Board) -> None:
    text = export.board_text(four.scores, 250, four.ranks)
    for table in re.split(r"\n(?=\S+: )", text):
        assert in_order(re.findall("|".join(GROUPS), table))
    assert "fail: harm in 20 of 80, at most 36%" in text


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=8))
def test_groups_come_before_scores_in_ranks_and_tiers(runs: list[tuple[int, int]]) -> None:
    group = np.array([run[0] for run in runs], dtype=np.int64)
    value = np.array([run[1] / 3 for run in runs])
    significant = value[:, None] > value[None, :] + 0.5
    alone = RankSets(
        tuple(str(number) for number in range(len(runs))),
        1 + significant.sum(axis=0), len(runs) - significant.sum(axis=1), significant, 2.0,
    )  # fmt: skip
    sets = group_order.between(alone, group)
    ordered = group_order.within(value, group)
    tier = tiers(ordered, sets.significant)
    for a in range(len(runs)):
        for b in range(len(runs)):
            if group[a] < group[b]:
                assert sets.high[a] < sets.low[b]
                assert tier[a] < tier[b]
                assert ordered[a] > ordered[b]
            elif group[a] == group[b]:
                assert sets.significant[a, b] == significant[a, b]
                assert (ordered[a] > ordered[b]) == (value[a] > value[b])


def test_one_group_changes_nothing() -> None:
    value = np.array([0.2, 0.7])
    assert group_order.within(value, np.array([1, 1])) is value
