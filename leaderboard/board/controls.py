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
    tasks = ranks.tasks if ranks else {}
    best = [task_ranks.best_control for task_ranks in tasks.values() if task_ranks.best_control is not None]
    heads = scores.filter(pl.col("headline") & pl.col("run_id").is_in(best)).select("run_id", "task", "model", "value")
    known = {(run, task): (run, model, value) for run, task, model, value in heads.iter_rows()}
    return {
        task: ControlToBeat(*known[run, task], len(task_ranks.not_better), task_ranks.ranks.height, task in beside)
        for task, task_ranks in tasks.items()
        if (run := task_ranks.best_control) is not None and (run, task) in known
    }
