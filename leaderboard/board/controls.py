"""The control that the models of a task have to beat, and how many do not: one rule, that of the paired test."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from counsel_leaderboard.leaderboard.statistics.ranking.ranker import BoardRanks


@dataclass(frozen=True)
class ControlToBeat:
    """The best control of a task: `not_better` of the `of` models compared with it do not beat it.

    `beside`: whether it leaves nobody unranked.
    """

    run_id: str
    model: str
    value: float
    not_better: int
    of: int
    beside: bool


def to_beat(scores: pl.DataFrame, ranks: BoardRanks | None, beside: Collection[str] = ()) -> dict[str, ControlToBeat]:
    """The control to beat of each task that has one; `scores` is the frame of `board.scores`.

    Whether a model beats it is decided by `task_ranking.does_as_well` alone, on the items scored for both. Models that may not
    be ranked anyway, for instance on a sample, are compared with none. `beside`: `manifests.tasks_with_controls_beside`.
    """
    controls: dict[str, ControlToBeat] = {}
    for task, task_ranks in (ranks.tasks if ranks else {}).items():
        run = task_ranks.best_control
        row = scores.filter((pl.col("run_id") == run) & (pl.col("task") == task) & pl.col("headline"))
        if run is not None and row.height:
            failed, compared = len(task_ranks.not_better), task_ranks.ranks.height
            controls[task] = ControlToBeat(run, row["model"][0], row["value"][0], failed, compared, task in beside)
    return controls
