"""Ranks do not depend on the order of rows or runs, nor on how many are compared at a time."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counsel_leaderboard.leaderboard.statistics.ranking.ranker import RUNS_AT_A_TIME, Ranker
from counsel_leaderboard.leaderboard.statistics.ranking.task_ranking import (
    compare_all,
    rank,
)
from counsel_leaderboard.leaderboard.statistics.score_matrix import score_matrices
from tests.leaderboard.statistics.frames import items, singles, tasks

VALUES = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1, width=16))


@st.composite
def boards(draw: st.DrawFn) -> pl.DataFrame:
    n_runs, n_clusters = draw(st.integers(2, 5)), draw(st.integers(5, 8))
    rows = st.lists(VALUES, min_size=2 * n_clusters, max_size=2 * n_clusters)
    shift = [draw(st.sampled_from([0.0, 0.0, 0.3])) for _ in range(n_runs)]
    runs = {}
    for number in range(n_runs):
        values = [v if v is None else min(1.0, v + shift[number]) for v in draw(rows)]
        runs[f"run{number}"] = [(f"s{i // 2 % 2}", f"c{i // 2}", v) for i, v in enumerate(values)]
    return items(runs)


def ranked(frame: pl.DataFrame) -> dict[str, tuple[object, ...]]:
    (panel,) = score_matrices(frame, tasks("strata"))
    ranking = rank(compare_all(panel), panel.runs, [])
    return {row[0]: row[2:5] for row in ranking.ranks.rows()}


@settings(max_examples=30, deadline=None)
@given(boards(), st.randoms(use_true_random=False))
def test_row_order_model_order_and_duplicates_change_no_rank(frame: pl.DataFrame, chance: st.DataObject) -> None:
    expected = ranked(frame)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=chance.randrange(2**32))
    assert ranked(shuffled) == expected
    assert ranked(pl.concat([shuffled, shuffled.head(7)])) == expected
    names = sorted(expected)
    other = dict(zip(names, chance.sample(names, len(names)), strict=True))
    renamed = ranked(frame.with_columns(pl.col("run_id").replace(other)))
    assert {name: renamed[other[name]] for name in names} == expected


@pytest.mark.parametrize("missing", ["nothing", "an item of the first runs", "an item of the last runs"])
def test_many_runs_are_fetched_in_parts_and_compared_as_one(missing: str) -> None:
    """Also where the first part lacks an item that a later one has: then all are fetched at once."""
    names = [f"run{number:03d}" for number in range(RUNS_AT_A_TIME + 7)]
    luck = np.random.default_rng(5)
    frame = singles({name: luck.random(6).tolist() for name in names})
    without_it = {"nothing": [], "an item of the first runs": names[:RUNS_AT_A_TIME], "an item of the last runs": names[-2:]}
    frame = frame.filter(~(pl.col("run_id").is_in(without_it[missing]) & (pl.col("item") == "i003")))
    rounds: list[int] = []

    def fetch(task: str, runs: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
        rounds.append(len(runs))
        return frame.filter(pl.col("run_id").is_in(runs)), tasks()

    ranker = Ranker()
    entrants = pl.DataFrame({"run_id": names, "task": "t", "role": "candidate"})
    ranker.rank(entrants, {"t": "quality"}, [], fetch)
    (whole,) = score_matrices(frame, tasks())
    compared = ranker.compared("t")
    assert compared is not None
    assert compared.matrix.runs == whole.runs
    np.testing.assert_array_equal(compared.matrix.values, whole.values)
    np.testing.assert_array_equal(compared.matrix.weights, whole.weights)
    assert rounds == [RUNS_AT_A_TIME, 7, *([len(names)] if missing == "an item of the first runs" else [])]
