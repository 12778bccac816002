"""Tiers and rank spreads of the board: its own rules decide who is ranked, leaderboard.statistics computes the rest."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

import duckdb
import polars as pl

from counsel_leaderboard.leaderboard.board.judge_columns import JudgeName
from counsel_leaderboard.leaderboard.board.reasons.unranked import RECORDED
from counsel_leaderboard.leaderboard.statistics.ranking import task_ranking
from counsel_leaderboard.leaderboard.statistics.ranking.ranker import BoardRanks, Fetch, Ranker
from counsel_leaderboard.leaderboard.statistics.ranking.task_ranking import PAIR, pair_frame
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.registry.manifests import Source, overall_plan, tasks_with_controls_beside

ITEMS = """
SELECT run_id, task, tasks.headline AS metric, stratum, "cluster", item, value, weight
FROM headline_items JOIN tasks USING (run_id, task)
WHERE task = $task AND run_id BETWEEN list_min($runs) AND list_max($runs) AND list_contains($runs, run_id)
"""

RULES = """
SELECT tasks.task, tasks.combine, scores.higher_is_better, tasks.lo, tasks.hi
FROM tasks JOIN scores ON scores.run_id = tasks.run_id AND scores.task = tasks.task AND scores.headline
WHERE tasks.task = $task AND list_contains($runs, tasks.run_id) GROUP BY ALL
"""

# Stored runs never change, so comparisons stay valid as long as the store is open.
_rankers: WeakKeyDictionary[Store, dict[tuple[Source, JudgeName | None], Ranker]] = WeakKeyDictionary()
_lock = threading.Lock()


def ranker(store: Store, source: Source, judge: JudgeName | None = None) -> Ranker:
    """The ranker of a suite of an open store; the board of a chosen judge has a separate one."""
    with _lock:
        return _rankers.setdefault(store, {}).setdefault((source, judge), Ranker())


def rank(
    rows: pl.DataFrame,
    cursor: duckdb.DuckDBPyConnection,
    source: Source,
    ranker: Ranker,
    groups: Mapping[str, int],
    ungated: Sequence[str],
) -> BoardRanks:
    """Ranks of the headlines in `rows` (the board's, with `role`, `area`, `engine` and `barred`: it may not be ranked).

    groups: of each run by the crisis gate, 0 ranks before all others. ungated: runs that have no overall rank without the gate.
    """
    compared = pl.col("headline") & ~pl.col("barred") & pl.col("role").is_in(["candidate", "control"])
    entrants = rows.filter(compared).select("run_id", "task", "role", "area")
    areas = dict(entrants.select("task", "area").unique().sort("task", "area").iter_rows())
    apart = [*rows.filter(pl.col("engine") == RECORDED)["run_id"].unique().to_list(), *ungated]
    beside = tasks_with_controls_beside(source)
    return ranker.rank(entrants, areas, overall_plan(source).tasks, _fetcher(cursor), beside=beside, apart=apart, groups=groups)


def named(ranks: BoardRanks, rows: pl.DataFrame) -> pl.DataFrame:
    """The frame of `ranks` with `control`, the name of the control that a run is not better than, in place of that run."""
    names = rows.select("model", not_better_than="run_id").unique()
    joined = ranks.frame.join(names, on="not_better_than", how="left", maintain_order="left")
    return joined.drop("not_better_than").rename({"model": "control"})


def pairs(store: Store, source: Source, task: str, runs: Sequence[str]) -> pl.DataFrame:
    """Each of `runs` against each other one in one task, as the board last compared them: `task_ranking.pair_frame`.

    Empty before the board was read, and for runs that may not be ranked there.
    """
    compared = ranker(store, source).compared(task)
    return pair_frame(compared.pairs, runs) if compared else pl.DataFrame(schema=PAIR)


def leaders(
    store: Store, source: Source, judge: JudgeName | None, task: str, runs: Sequence[str], groups: Mapping[str, int]
) -> list[str]:
    """Which of `runs` the best of them is not significantly better than, itself among them: their first tier.

    By the test and the pairs of the board as it last compared them; runs that it did not compare are left out. groups: as
    `rank` takes them.
    """
    compared = ranker(store, source, judge).compared(task)
    known = [run for run in runs if compared is not None and run in compared.matrix.runs]
    if compared is None or not known:
        return []
    among = task_ranking.rank(compared, known, [], groups=groups).ranks
    return among.filter(pl.col("tier") == 1)["run_id"].to_list()


def _fetcher(cursor: duckdb.DuckDBPyConnection) -> Fetch:
    # The ranker works on several tasks at once, and a cursor serves one thread at a time.
    lock = threading.Lock()

    def fetch(task: str, runs: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
        with lock:
            values = {"task": task, "runs": runs}
            return frame(cursor, ITEMS, values), frame(cursor, RULES, values)

    return fetch
