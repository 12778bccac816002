"""The ranks of a whole board, cached between calls so that a new run costs one new row."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from counsel_leaderboard.leaderboard.statistics.ranking.joined_matrices import joined
from counsel_leaderboard.leaderboard.statistics.ranking.overall import Overall, OverallTask, overall
from counsel_leaderboard.leaderboard.statistics.ranking.task_ranking import (
    RANKS,
    Compared,
    TaskRanks,
    add_runs,
    compare_all,
    rank,
    without,
)
from counsel_leaderboard.leaderboard.statistics.score_matrix import ScoreMatrix, score_matrices

# For (task, runs): the item frame of those runs' headline and the task frame, as `score_matrix.score_matrices` takes them.
Fetch = Callable[[str, list[str]], tuple[pl.DataFrame, pl.DataFrame]]
# Runs whose items are fetched together: as rows they take thirty times the memory of the matrix's arrays.
RUNS_AT_A_TIME = 100


@dataclass(frozen=True)
class BoardRanks:
    """Ranks of every task, the overall order (None for fewer than two complete models), and what each task can detect."""

    tasks: dict[str, TaskRanks]
    overall: Overall | None

    @property
    def frame(self) -> pl.DataFrame:
        """run_id, task, tier, rank_low, rank_high, not_better_than: a row a candidate and task."""
        return pl.concat([part.ranks for part in self.tasks.values()]) if self.tasks else pl.DataFrame(schema=RANKS)


@dataclass
class Ranker:
    """Ranks one board after the other, and computes what two boards share once. Thread-safe."""

    _known: dict[str, Compared] = field(default_factory=dict)
    _known_overall: Overall | None = None
    _last: tuple[object, BoardRanks] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rank(
        self, entrants: pl.DataFrame, areas: dict[str, str], needed: Sequence[str], fetch: Fetch,
        *, beside: Collection[str] = (), apart: Collection[str] = (), groups: Mapping[str, int] | None = None,
    ) -> BoardRanks:  # fmt: skip
        """Ranks of all `entrants`: run_id, task, role (candidate or control), each with a full, scored, qualified headline.

        `areas` gives the area of each task, `needed` the tasks of the overall order, none for none. `beside`: tasks in which a
        control that does as well leaves nobody unranked. `apart`: runs that are in no overall order. `groups`: of each run,
        for `group_order`.
        """
        named = entrants.select("run_id", "task", "role").sort("task", "run_id", "role").rows()
        key = (named, areas, list(needed), sorted(beside), sorted(apart), sorted((groups or {}).items()))
        with self._lock:
            if self._last is None or self._last[0] != key:
                self._last = (key, self._ranked(entrants, areas, needed, fetch, beside, apart, groups or {}))
            return self._last[1]

    def _ranked(
        self, entrants: pl.DataFrame, areas: dict[str, str], needed: Sequence[str], fetch: Fetch, beside: Collection[str],
        apart: Collection[str], groups: Mapping[str, int],
    ) -> BoardRanks:  # fmt: skip
        of_task = {str(task): part for (task,), part in entrants.sort("task").partition_by("task", as_dict=True).items()}
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            ranks = pool.map(lambda task: self._task(task, of_task[task], fetch, groups, gate=task not in beside), of_task)
            task_ranks = dict(zip(of_task, ranks, strict=True))
        return BoardRanks(task_ranks, self._overall(task_ranks, areas, needed, apart, groups))

    def compared(self, task: str) -> Compared | None:
        """The pairs of a task as last ranked, for `task_ranking.pair_frame`."""
        return self._known.get(task)

    def _task(self, task: str, entrants: pl.DataFrame, fetch: Fetch, groups: Mapping[str, int], *, gate: bool) -> TaskRanks:
        runs = entrants["run_id"].sort().to_list()
        compared = self._compared(task, runs, fetch)
        self._known[task] = compared
        roles = {role: entrants.filter(pl.col("role") == role)["run_id"].sort().to_list() for role in ("candidate", "control")}
        return rank(compared, roles["candidate"], roles["control"], gate=gate, groups=groups)

    def _compared(self, task: str, runs: list[str], fetch: Fetch) -> Compared:
        known = self._known.get(task)
        compared = set(known.matrix.runs) if known else set()
        remaining = [run for run in runs if run in compared]
        if known is None or not remaining:
            return compare_all(_matrix(task, runs, fetch))
        if len(remaining) < len(known.matrix.runs):
            known = without(known, remaining)
        new = sorted(set(runs) - set(remaining))
        if not new:
            return known
        wider = joined(known.matrix, _matrix(task, new, fetch))
        return add_runs(known, wider, new) if wider else compare_all(_matrix(task, runs, fetch))

    def _overall(
        self, task_ranks: dict[str, TaskRanks], areas: dict[str, str], needed: Sequence[str], apart: Collection[str],
        groups: Mapping[str, int],
    ) -> Overall | None:  # fmt: skip
        if not needed or any(task not in task_ranks for task in needed):
            return None
        ranked = [set(task_ranks[task].ranks.filter(pl.col("not_better_than").is_null())["run_id"]) for task in needed]
        complete = sorted(set.intersection(*ranked) - set(apart)) if ranked else []
        parts = [_part(self._known[task], areas[task], complete) for task in needed]
        self._known_overall = overall(parts, known=self._known_overall, groups=groups) if len(complete) > 1 else None
        return self._known_overall


def _matrix(task: str, runs: list[str], fetch: Fetch) -> ScoreMatrix:
    """The matrix of these runs, put together from parts where they have the same items, and else read at once."""
    matrix = _fetched(task, runs[:RUNS_AT_A_TIME], fetch)
    for start in range(RUNS_AT_A_TIME, len(runs), RUNS_AT_A_TIME):
        wider = joined(matrix, _fetched(task, runs[start : start + RUNS_AT_A_TIME], fetch))
        if wider is None:
            return _fetched(task, runs, fetch)
        matrix = wider
    return matrix


def _fetched(task: str, runs: list[str], fetch: Fetch) -> ScoreMatrix:
    fetched = list(score_matrices(*fetch(task, runs)))
    if len(fetched) != 1 or fetched[0].runs != tuple(runs):
        raise ValueError(f"{task}: one headline with rows of {len(runs)} runs was asked for")
    return fetched[0]


def _part(compared: Compared, area: str, complete: list[str]) -> OverallTask:
    matrix = compared.matrix
    at = {run: index for index, run in enumerate(matrix.runs)}
    pairs = compared.pairs.select(np.array([at[run] for run in complete], dtype=np.int64))
    lo, hi = matrix.ends or (float("nan"), float("nan"))
    return OverallTask(matrix.task, area, lo, hi, matrix.higher_is_better, pairs)
