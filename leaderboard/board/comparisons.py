"""A few runs of one suite on the same items: paired differences, and the items on which they differ most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from counsel_leaderboard.leaderboard.board.board import items
from counsel_leaderboard.leaderboard.statistics.difference_intervals import difference_limits
from counsel_leaderboard.leaderboard.statistics.paired import compare
from counsel_leaderboard.leaderboard.statistics.ranking.task_ranking import pair_frame
from counsel_leaderboard.leaderboard.statistics.score_matrix import ScoreMatrix, score_matrices
from counsel_leaderboard.leaderboard.store.database import Store, frame

# The conditions of a run: only runs with the same version and the same items can be paired.
CONDITIONS = """
SELECT run_id, task, task_version, dataset_fingerprint FROM tasks WHERE list_contains($runs, run_id) ORDER BY ALL
"""


@dataclass(frozen=True)
class Comparison:
    """One task of several runs.

    `pairs`: a, b, difference (positive: a is better, in the metric's unit), low, high, probability; one row per ordered pair.
    `items`: item, stratum, a column per run with its value (null: not scored), spread (largest minus smallest); widest first.
    `shared`: items scored for all. `refused`: why the runs were not paired, else None; then the frames are empty.
    """

    task: str
    metric: str
    higher_is_better: bool
    runs: tuple[str, ...]
    pairs: pl.DataFrame
    items: pl.DataFrame
    shared: int
    refused: str | None


def compare_runs(store: Store, runs: list[str]) -> list[Comparison]:
    """One comparison for each task that at least two of the runs have, sorted by task."""
    values, rules = items(store, runs)
    with store.reading() as cursor:
        conditions = frame(cursor, CONDITIONS, {"runs": runs})
    comparisons = []
    for rule in rules.iter_rows(named=True):
        task_values = values.filter(pl.col("task") == rule["task"])
        present = tuple(run for run in runs if run in set(task_values["run_id"]))
        if len(present) < 2:
            continue
        of_task = conditions.filter((pl.col("task") == rule["task"]) & pl.col("run_id").is_in(present))
        if of_task.drop("run_id").unique().height == 1:
            comparisons.append(_paired(task_values, rules.filter(pl.col("task") == rule["task"]), rule, present))
        else:
            comparisons.append(_empty(rule, present, _refusal(of_task["task_version"].unique().sort().to_list())))
    return comparisons


def _refusal(versions: list[str]) -> str:
    """Why runs of these versions of a task are not paired, if they do not share version and items."""
    if len(versions) == 1:
        return "the runs were asked different items"
    return f"the runs are of versions {', '.join(versions[:-1])} and {versions[-1]} of the task, which ask different items"


def _paired(mine: pl.DataFrame, rules: pl.DataFrame, rule: dict[str, object], runs: tuple[str, ...]) -> Comparison:
    matrix = next(iter(score_matrices(mine, rules)))
    wide = mine.select("item", "stratum", "run_id", "value").pivot(on="run_id", index=["item", "stratum"], values="value")
    columns = [pl.col(run) for run in runs]
    spread = pl.max_horizontal(columns) - pl.min_horizontal(columns)
    both = wide.filter(pl.sum_horizontal(column.is_not_null() for column in columns) > 1).with_columns(spread=spread)
    if both.is_empty():
        return _empty(rule, runs, "no item was scored for two of the runs")
    return Comparison(
        task=str(rule["task"]),
        metric=str(rule["metric"]),
        higher_is_better=bool(rule["higher_is_better"]),
        runs=runs,
        pairs=_limited(pair_frame(compare(matrix), runs), matrix),
        items=both.sort("spread", "item", descending=[True, False]),
        shared=wide.drop_nulls(list(runs)).height,
        refused=None,
    )


def _limited(pairs: pl.DataFrame, matrix: ScoreMatrix) -> pl.DataFrame:
    """The pairs with the intervals of graded differences, all within the differences that the measure's range allows.

    A pair without limits, because it shares too few clusters, stays without.
    """
    if matrix.ends is None:
        return pairs
    reach = matrix.ends[1] - matrix.ends[0]
    at = {run: index for index, run in enumerate(matrix.runs)}
    first, second = (np.array([at[run] for run in pairs[side]], dtype=np.int64) for side in ("a", "b"))
    limits = difference_limits(matrix, first, second)
    graded = {"low": limits.low, "high": limits.high}
    return pairs.with_columns(
        pl.when(pl.col(name).is_not_null())
        .then(pl.coalesce(pl.Series(values).fill_nan(None), pl.col(name)))
        .clip(-reach, reach)
        .alias(name)
        for name, values in graded.items()
    )


def _empty(rule: dict[str, object], runs: tuple[str, ...], refused: str) -> Comparison:
    none = pl.DataFrame()
    better = bool(rule["higher_is_better"])
    return Comparison(str(rule["task"]), str(rule["metric"]), better, runs, none, none, 0, refused)
