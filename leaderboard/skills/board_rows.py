"""Rates of techniques as rows of a board's long frame: files of the board and the API hold them with their intervals."""

from __future__ import annotations

from typing import Final

import polars as pl

from counsel_leaderboard.leaderboard.board import gate_columns
from counsel_leaderboard.leaderboard.board.board import Board
from counsel_leaderboard.leaderboard.crisis_gate import order
from counsel_leaderboard.leaderboard.skills.shown_result import shown
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.skills.rates import SUMMARY_METRICS
from counsel_leaderboard.registry.skills.references import reported_codes

PREFIX: Final = "skills_"
INTERVAL: Final = "t"
"""Student's t on the linearised ratio, clustered by case; shares end at the ends of their range."""
OF_A_RUN_AND_TASK: Final = (
    *("spec_id", "model", "role", "area", "sample", "judge", "dataset_fingerprint", "task_version"),
    *gate_columns.COLUMNS,
)


def with_rates(board: Board, store: Store) -> pl.DataFrame:
    """The board's scores, and after them a row for each run, task and rate that may be shown, in the order of the crisis gate.

    Metrics are `skills_NAME`. They have no direction and no rank. n_items: replies that were coded; n_clusters: cases. The
    same frame where no rates are stored, or none may be shown.
    """
    result = shown(store)
    if isinstance(result, str):
        return board.scores
    gate = order.by_run(store)
    metrics = (*SUMMARY_METRICS, *(f"per_100_{code}" for code in reported_codes()))
    rows = [
        {
            "run_id": run.run_id,
            "task": run.task,
            "metric": PREFIX + metric,
            "value": rate.value,
            "low": rate.low,
            "high": rate.high,
            "n_items": run.turns - run.foreign,
            "n_clusters": rate.cases,
            "interval": INTERVAL if rate.low is not None else None,
            "note": f"coder {result.coder}",
        }
        for run in sorted(result.runs, key=lambda run: gate(run.run_id))
        for metric in metrics
        if (rate := run.rates.get(metric)) is not None
    ]
    if not rows:
        return board.scores
    return pl.concat([board.scores, _in_full(pl.DataFrame(rows, infer_schema_length=None), board.scores)], how="vertical")


def _in_full(rates: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """The rates of the runs on the board with every column of its frame."""
    runs = scores.select("run_id", "task", *OF_A_RUN_AND_TASK).unique(["run_id", "task"], maintain_order=True)
    rows = rates.join(runs, on=["run_id", "task"], how="inner", maintain_order="left").with_columns(
        headline=False, ranked=False, conservative=False, unranked_reasons=pl.lit([], scores.schema["unranked_reasons"])
    )
    absent = [pl.lit(None).alias(name) for name in scores.columns if name not in rows.columns]
    return rows.with_columns(absent).select(scores.columns).cast(scores.schema)
