"""Tiers and rank spreads of the board: its own rules say who is ranked, leaderboard.ranking does the rest."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

import duckdb
import polars as pl

from leaderboard.ranking.ranker import BoardRanks, Fetch, Ranker
from leaderboard.store import Store, frame
from leaderboard.suite import OVERALL, Source

ITEMS = """
SELECT items.run_id, items.task, items.metric, items.stratum, items."cluster", items.item, items.value, items.weight
FROM items JOIN tasks USING (run_id, task)
WHERE items.task = $task AND list_contains($runs, items.run_id) AND items.metric = tasks.headline
"""

RULES = """
SELECT tasks.task, tasks.combine, scores.higher_is_better, tasks.lo, tasks.hi
FROM tasks JOIN scores ON scores.run_id = tasks.run_id AND scores.task = tasks.task AND scores.headline
WHERE tasks.task = $task AND list_contains($runs, tasks.run_id) GROUP BY ALL
"""

# Stored runs never change, so what was compared stays true for as long as the store is open.
_rankers: WeakKeyDictionary[Store, dict[Source, Ranker]] = WeakKeyDictionary()
_lock = threading.Lock()


def ranker(store: Store, source: Source) -> Ranker:
    """The one ranker of that suite of that open store."""
    with _lock:
        return _rankers.setdefault(store, {}).setdefault(source, Ranker())


def rank(rows: pl.DataFrame, cursor: duckdb.DuckDBPyConnection, source: Source, ranker: Ranker) -> BoardRanks:
    """Ranks of the headlines in `rows` (the board's, with `role`, `area` and `barred`: why it may not be ranked, or null)."""
    entrants = rows.filter(pl.col("headline") & pl.col("barred").is_null()).select("run_id", "task", "role", "area")
    areas = dict(entrants.select("task", "area").unique().sort("task", "area").iter_rows())
    return ranker.rank(entrants, areas, OVERALL[source], _fetcher(cursor))


def _fetcher(cursor: duckdb.DuckDBPyConnection) -> Fetch:
    # The ranker works on several tasks at once, and a cursor serves one thread at a time.
    one_at_a_time = threading.Lock()

    def fetch(task: str, runs: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
        with one_at_a_time:
            values = {"task": task, "runs": runs}
            return frame(cursor, ITEMS, values), frame(cursor, RULES, values)

    return fetch
