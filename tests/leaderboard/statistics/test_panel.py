from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from counsel_leaderboard.leaderboard.statistics.clusters import cluster_sums, estimate
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.ranking.joined_matrices import joined
from counsel_leaderboard.leaderboard.statistics.score_matrix import score_matrices
from tests.leaderboard.statistics.frames import items, singles, tasks

# Topic A: case a1 (1, 1, 0), a2 (0); topic B: case b1 (1), b2 (1, 0). All six ways of combining are worked out below.
ROWS = [
    ("A", "a1", 1.0),
    ("A", "a1", 1.0),
    ("A", "a1", 0.0),
    ("A", "a2", 0.0),
    ("B", "b1", 1.0),
    ("B", "b2", 1.0),
    ("B", "b2", 0.0),
]


@pytest.mark.parametrize(
    ("combine", "value"),
    [
        ("items", 4 / 7),  # four ones among seven items
        ("clusters", (2 / 3 + 0 + 1 + 1 / 2) / 4),  # = 13/24
        ("strata", ((2 / 3 + 0) / 2 + (1 + 1 / 2) / 2) / 2),  # A is 1/3, B is 3/4
    ],
)
def test_the_three_rules_of_combining(combine: str, value: float) -> None:
    (panel,) = score_matrices(items({"r": ROWS}), tasks(combine))
    assert estimate(cluster_sums(panel)).value[0] == pytest.approx(value, abs=1e-15)


def test_weights_enter_the_mean_of_items_and_the_means_inside_clusters() -> None:
    rows = [("all", "c1", 1.0, 3.0), ("all", "c1", 0.0, 1.0), ("all", "c2", 0.0, 4.0)]
    by_item, by_cluster = (next(score_matrices(items({"r": rows}), tasks(rule))) for rule in ("items", "clusters"))
    assert estimate(cluster_sums(by_item)).value[0] == 3 / 8
    assert estimate(cluster_sums(by_cluster)).value[0] == (3 / 4 + 0) / 2


def test_psyllm_totals_come_out_as_printed() -> None:
    """CPsyCounX, comprehensiveness of nine topics: the published total is their unweighted mean, 1.39."""
    topics = [1.44, 1.38, 1.43, 1.44, 1.44, 1.44, 1.14, 1.31, 1.50]
    rows = [(f"t{i}", f"t{i}-{case}", value) for i, value in enumerate(topics) for case in range(5)]
    (panel,) = score_matrices(items({"r": rows}), tasks("strata", hi=2.0))
    assert round(float(estimate(cluster_sums(panel)).value[0]), 2) == 1.39


def test_unscored_and_absent_items_are_kept_apart() -> None:
    frame = pl.concat([singles({"a": [1.0, None, 0.0]}), singles({"b": [1.0, 1.0]})])
    (panel,) = score_matrices(frame, tasks())
    assert panel.scored.sum(axis=1).tolist() == [2, 2]
    assert panel.unscored.sum(axis=1).tolist() == [1, 0]
    assert not panel.complete


def test_identical_rows_count_once_and_different_ones_are_refused() -> None:
    frame = singles({"a": [1.0, 0.0]})
    (panel,) = score_matrices(pl.concat([frame, frame]), tasks())
    assert panel.values.tolist() == [[1.0, 0.0]]
    with pytest.raises(RankingError, match=r"item 'i000' of run 'a'.*two different rows"):
        list(score_matrices(pl.concat([frame, frame.with_columns(value=pl.lit(0.5))]), tasks()))


@pytest.mark.parametrize(
    ("frame", "rule", "words"),
    [
        (singles({"a": [1.0]}).drop("cluster"), tasks(), "lacks cluster"),
        (singles({"a": [1.0]}), tasks(task="other"), "no row in the task frame"),
        (singles({"a": [1.0]}), tasks("mean"), "combine is one of"),
        (singles({"a": [1.5]}), tasks(), r"leaves its range \[0.0, 1.0\]"),
        (singles({"a": [float("inf")]}), tasks(hi=None), "finite"),
        (items({"a": [("s", "c", 1.0, -1.0)]}), tasks(), "no weight is negative"),
        (items({"a": [("s", "c1", 1.0)], "b": [("s", "c2", 1.0)]}), tasks(), "is in two clusters or strata"),
        (items({"a": [("s", "c", 1.0), ("u", "c", 1.0)]}), tasks("strata"), "is in two strata"),
        (singles({"a": [1.0]}), pl.concat([tasks(), tasks("clusters")]), "two different rows in the task frame"),
    ],
)
def test_what_cannot_be_ranked_is_refused(frame: pl.DataFrame, rule: pl.DataFrame, words: str) -> None:
    with pytest.raises(RankingError, match=words):
        list(score_matrices(frame, rule))


def test_a_cluster_across_strata_is_resampled_whole_where_strata_do_not_enter_the_score() -> None:
    (panel,) = score_matrices(items({"a": [("s", "c", 1.0), ("u", "c", 0.0), ("u", "d", 1.0)]}), tasks("items"))
    assert panel.clusters == ("c", "d")
    assert panel.strata == ("all",)


def test_a_range_can_belong_to_one_measure() -> None:
    both = pl.concat([singles({"a": [3.0]}), singles({"a": [0.5]}).with_columns(metric=pl.lit("share"))])
    rules = pl.concat([tasks(hi=None).with_columns(metric=pl.lit("m")), tasks().with_columns(metric=pl.lit("share"))])
    assert [panel.ends for panel in score_matrices(both, rules)] == [None, (0.0, 1.0)]


def test_joining_a_run_is_the_matrix_of_both() -> None:
    frame = items({"b": ROWS, "a": ROWS[::-1][:0] + [(*row[:2], 1 - float(row[2] or 0)) for row in ROWS]})
    (whole,) = score_matrices(frame, tasks("strata"))
    old, new = (next(score_matrices(frame.filter(pl.col("run_id") == run), tasks("strata"))) for run in ("b", "a"))
    panel = joined(old, new)
    assert panel is not None
    assert panel.runs == whole.runs == ("a", "b")
    np.testing.assert_array_equal(panel.values, whole.values)
    np.testing.assert_array_equal(panel.weights, whole.weights)


def test_joining_a_run_with_other_items_is_left_to_the_caller() -> None:
    old, new = (next(score_matrices(singles({run: values}), tasks())) for run, values in (("a", [1.0]), ("b", [1.0, 0.0])))
    assert joined(old, new) is None
