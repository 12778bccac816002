from __future__ import annotations

import threading
from typing import Any

import numpy as np
import polars as pl
import pytest

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.paired import compare
from counsel_leaderboard.leaderboard.statistics.ranking.overall import OverallTask, overall
from counsel_leaderboard.leaderboard.statistics.ranking.ranker import BoardRanks, Ranker
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, ScoreMatrix
from counsel_leaderboard.registry.manifests.overall_plan import plan_of
from tests.leaderboard.statistics.frames import singles, tasks
from tests.support.simulation import Design, matrix_of

AREAS = {"t1": "quality", "t2": "trajectory", "t3": "stigma_response", "t4": "stigma_response", "t5": "preference"}


def part(
    task: str, levels: list[float], higher: bool = True, lo: float = 0.0, hi: float = 1.0, clusters: int = 50
) -> OverallTask:
    """Runs whose scores are exactly these levels, every item a little off."""
    wave = 0.05 * np.cos(np.pi * np.arange(clusters))
    sign = np.array([1.0, -1.0, 1.0, -1.0])[: len(levels)]
    values = np.array(levels)[:, None] + sign[:, None] * np.roll(wave, len(task)) * (hi - lo) / 4
    panel = matrix_of(values, Design(clusters), lo, hi)
    panel = ScoreMatrix(**{**panel.__dict__, "higher_is_better": higher, "task": task})
    return OverallTask(task, AREAS[task], lo, hi, higher, compare(panel))


def five() -> list[OverallTask]:
    return [
        part("t1", [0.8, 0.2, 0.5]),
        part("t2", [0.0, 0.6, 0.2], lo=-1.0),  # .5, .8 and .6 of the way from -1 to 1
        part("t3", [0.1, 0.5, 0.3], higher=False),  # .9, .5 and .7 of the way from worst to best
        part("t4", [0.5, 0.7, 0.3]),
        part("t5", [0.6, 0.6, 0.6]),
    ]


def test_areas_weigh_the_same_whatever_their_tasks() -> None:
    order = overall(five())
    assert order is not None
    # First run: quality .8, trajectory .5, stigma and response (.9 + .5) / 2 = .7, preference .6: mean .65. Second: .2, .8,
    # .6, .6: .55. Third: .5, .6, .5, .6: .55. Equal values share the better rank.
    assert order.order["value"].to_list() == pytest.approx([0.65, 0.55, 0.55])
    assert order.order["rank"].to_list() == [1, 2, 2]


def test_its_error_adds_up_over_tasks() -> None:
    order = overall(five())
    assert order is not None
    parts = five()
    weights = [1 / 4, 1 / 4, 1 / 8, 1 / 8, 1 / 4]
    variance = sum((w / (p.hi - p.lo) * p.pairs.against.error[0, 1]) ** 2 for w, p in zip(weights, parts, strict=True))
    assert order.pairs.against.error[0, 1] == pytest.approx(np.sqrt(variance))


def test_sensitivity_leaves_areas_out_and_changes_weights() -> None:
    order = overall(five())
    assert order is not None
    row = {name: order.sensitivity[name].to_list() for name in order.sensitivity.columns}
    # Without quality: .6, .6667, .5667; without trajectory .7, .4667, .5333. Doubled quality: .68, .48, .54.
    assert row["rank"] == [1, 2, 2]
    assert row["rank_without_quality"] == [2, 1, 3]
    assert row["rank_without_trajectory"] == [1, 3, 2]
    assert row["rank_double_quality"] == [1, 3, 2]
    # The second leads only where trajectory weighs much; no weights put the third first.
    assert row["share_first"][2] == 0
    assert 0 < row["share_first"][1] < row["share_first"][0]
    assert row["rank_p5"][0] == 1


@pytest.mark.parametrize("seed", range(20))
def test_further_models_change_no_weight(seed: int) -> None:
    """A model's overall score is the sum of its headlines by weights that follow from the tasks alone."""
    rng = np.random.default_rng(seed)
    models = int(rng.integers(2, 12))
    weights = plan_of(AREAS, {}).weights
    levels = {task: rng.uniform(0.1, 0.9, models) for task in AREAS}
    expected = sum(weight * levels[task] for task, weight in weights.items())
    for number in (models, 2):  # all of them, and the first two alone
        order = overall([scattered(task, levels[task][:number]) for task in AREAS])
        assert order is not None
        values = dict(order.order.select("run_id", "value").iter_rows())
        assert [values[run] for run in sorted(values)] == pytest.approx(expected[:number])


def scattered(task: str, levels: Floats) -> OverallTask:
    """Runs of exactly these levels, their items a little off."""
    wave = 0.05 * np.cos(np.pi * np.arange(50)) * np.linspace(0.5, 1, len(levels))[:, None]
    return OverallTask(task, AREAS[task], 0.0, 1.0, True, compare(matrix_of(levels[:, None] + wave, Design(50))))


def test_one_run_has_no_order_and_runs_must_be_the_same() -> None:
    assert overall([part("t1", [0.5])]) is None
    with pytest.raises(RankingError, match="same runs"):
        overall([part("t1", [0.5, 0.6]), part("t2", [0.5, 0.6, 0.7])])


class Shelf:
    """Item frames by task, and how many runs were asked for."""

    def __init__(self, **scores: dict[str, list[float | None]]) -> None:
        self.scores = scores
        self.queries: list[tuple[str, list[str]]] = []
        self.lock = threading.Lock()

    def fetch(self, task: str, runs: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
        with self.lock:
            self.queries.append((task, runs))
        return singles({run: self.scores[task][run] for run in runs}, task), tasks(task=task)

    def rank(self, ranker: Ranker, runs: list[str], **changes: Any) -> BoardRanks:
        rows = [(run, task, "control" if run.startswith("control") else "candidate") for task in self.scores for run in runs]
        entrants = pl.DataFrame(rows, schema=["run_id", "task", "role"], orient="row")
        return ranker.rank(entrants, AREAS, ["t1", "t2"], self.fetch, **changes)


@pytest.fixture
def shelf() -> Shelf:
    rng = np.random.default_rng(0)
    levels = {"a": 0.9, "b": 0.6, "c": 0.3, "control-x": 0.02}
    return Shelf(
        **{
            task: {run: (rng.random(60) < level).astype(float).tolist() for run, level in levels.items()}
            for task in ("t1", "t2")
        }
    )


def test_a_board_is_ranked_and_one_new_run_asks_for_that_run_alone(shelf: Shelf) -> None:
    ranker = Ranker()
    shelf.rank(ranker, ["a", "c", "control-x"])
    shelf.queries.clear()
    order = shelf.rank(ranker, ["a", "b", "c", "control-x"])
    assert sorted(shelf.queries) == [("t1", ["b"]), ("t2", ["b"])]
    anew = shelf.rank(Ranker(), ["a", "b", "c", "control-x"])
    assert order.frame.rows() == anew.frame.rows()
    assert order.overall is not None
    assert order.overall.order.select("run_id", "tier").rows() == [("a", 1), ("b", 2), ("c", 3)]


def test_a_withdrawn_run_leaves_and_nothing_is_asked(shelf: Shelf) -> None:
    ranker = Ranker()
    shelf.rank(ranker, ["a", "b", "c"])
    shelf.queries.clear()
    order = shelf.rank(ranker, ["b", "c"])
    assert shelf.queries == []
    assert order.frame.filter(pl.col("task") == "t1").select("run_id", "tier").rows() == [("b", 1), ("c", 2)]


def test_a_model_without_one_ranked_task_is_not_in_the_overall_order(shelf: Shelf) -> None:
    shelf.scores["t2"]["b"] = shelf.scores["t2"]["control-x"]  # no better than the control
    order = shelf.rank(Ranker(), ["a", "b", "c", "control-x"])
    assert order.overall is not None
    assert order.overall.order["run_id"].to_list() == ["a", "c"]
    assert order.tasks["t2"].not_better == ("b",)


def test_controls_beside_leave_nobody_unranked_and_are_still_the_best_ones(shelf: Shelf) -> None:
    shelf.scores["t2"]["b"] = shelf.scores["t2"]["control-x"]
    order = shelf.rank(Ranker(), ["a", "b", "c", "control-x"], beside=["t2"])
    assert order.overall is not None
    assert sorted(order.overall.order["run_id"]) == ["a", "b", "c"]
    assert (order.tasks["t2"].not_better, order.tasks["t2"].best_control) == (("b",), "control-x")
    row = order.frame.filter((pl.col("task") == "t2") & (pl.col("run_id") == "b")).to_dicts()[0]
    assert row["not_better_than"] is None
    assert row["tier"] == 3


def test_runs_apart_are_ranked_in_their_tasks_and_in_no_overall_order(shelf: Shelf) -> None:
    ranker = Ranker()
    order = shelf.rank(ranker, ["a", "b", "c"], apart=["a"])
    assert order.overall is not None
    assert order.overall.order["run_id"].to_list() == ["b", "c"]
    assert order.frame.filter(pl.col("run_id") == "a")["tier"].to_list() == [1, 1]
    again = shelf.rank(ranker, ["a", "b", "c"])
    assert again.overall is not None
    assert again.overall.order["run_id"].to_list() == ["a", "b", "c"]


def test_other_items_start_afresh(shelf: Shelf) -> None:
    ranker = Ranker()
    shelf.rank(ranker, ["a", "c"])
    shelf.scores["t1"]["b"] = [1.0] * 61
    order = shelf.rank(ranker, ["a", "b", "c"])
    assert order.frame.rows() == shelf.rank(Ranker(), ["a", "b", "c"]).frame.rows()


def test_an_empty_board(shelf: Shelf) -> None:
    order = shelf.rank(Ranker(), [])
    assert order.frame.is_empty()
    assert order.overall is None


def test_the_same_board_again_is_not_ranked_again(shelf: Shelf) -> None:
    ranker = Ranker()
    first = shelf.rank(ranker, ["a", "b", "c"])
    assert shelf.rank(ranker, ["c", "a", "b"]) is first
    assert shelf.rank(ranker, ["a", "b"]) is not first
