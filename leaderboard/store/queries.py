"""Queries for the pages: the tasks of a suite, and which judge scored them."""

from __future__ import annotations

import polars as pl

from counsel_leaderboard.leaderboard.store import run_tables
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.leaderboard.store.directions import without_descriptive
from counsel_leaderboard.registry.manifests import Source

# A task is what its newest run says of it.
TASKS = """
SELECT task, arg_max(area, started_at) AS area, arg_max(tasks.headline, started_at) AS headline,
    arg_max(scores.higher_is_better, started_at) AS higher_is_better, arg_max(tasks.lo, started_at) AS lo,
    arg_max(tasks.hi, started_at) AS hi, arg_max(ranked, started_at) AS ranked, arg_max(judged, started_at) AS judged,
    arg_max(dataset, started_at) AS dataset, max(n_docs_full) AS n_docs_full
FROM tasks JOIN runs USING (run_id) JOIN scores USING (run_id, task)
WHERE source = $source AND scores.headline GROUP BY task ORDER BY task
"""

JUDGED = """
SELECT runs.judge, runs.judge_revision, runs.judge_host, runs.source, runs.run_id, runs.model, runs.role, tasks.task,
    tasks.settings, tasks.n_docs, rate.value AS judged_rate, rate.n_items
FROM tasks JOIN runs USING (run_id)
LEFT JOIN scores AS rate ON rate.run_id = tasks.run_id AND rate.task = tasks.task AND rate.metric = 'judged_rate'
WHERE tasks.judged AND runs.run_id NOT IN (SELECT run_id FROM retractions)
ORDER BY runs.judge NULLS LAST, runs.judge_revision, runs.model, tasks.task, runs.run_id
"""

SCORES = """
SELECT scores.*, tasks.area FROM scores JOIN tasks USING (run_id, task) WHERE run_id = $run_id
ORDER BY task, headline DESC, metric
"""


def tasks(store: Store, source: Source) -> pl.DataFrame:
    """One row a task of a suite: task, area, headline, higher_is_better (null: descriptive), lo, hi, ranked, judged, dataset,
    n_docs_full.
    """
    with store.reading() as cursor:
        return without_descriptive(frame(cursor, TASKS, {"source": source}), "headline")


def judged(store: Store) -> pl.DataFrame:
    """One row a run and judged task: the judge (null: nobody judged it), its settings, how much of it has a verdict."""
    with store.reading() as cursor:
        return frame(cursor, JUDGED)


def strata(store: Store, run_id: str) -> pl.DataFrame:
    """The strata of a run's samples: task, stratum, sorted. Raises StorageError as `run_tables.rows`."""
    columns = ["task", "stratum"]
    return run_tables.rows(store, "samples", [run_id], columns).unique().sort(columns)


def scores(store: Store, run_id: str) -> pl.DataFrame:
    """All scores of one run, on the board or not: the columns of the table `scores`, and area; headlines first in each task."""
    with store.reading() as cursor:
        return without_descriptive(frame(cursor, SCORES, {"run_id": run_id}))
