"""Tiers, rank spreads, the overall order and the differences that a task can detect, as text for a terminal."""

from __future__ import annotations

import polars as pl

from counsel_leaderboard.leaderboard.board import controls, gate_columns
from counsel_leaderboard.leaderboard.crisis_gate import words as gate_words
from counsel_leaderboard.leaderboard.statistics.ranking.overall import Overall
from counsel_leaderboard.leaderboard.statistics.ranking.ranker import BoardRanks


def spread(low: int | None, high: int | None) -> str:
    """Ranks that a model could hold: "2", "2 to 5", or nothing where it is not ranked."""
    if low is None or high is None:
        return ""
    return str(low) if low == high else f"{low} to {high}"


def power_line(rows: pl.DataFrame, ranks: BoardRanks | None) -> str:
    """The line below the table of one task, from its rows of the board: the minimum detectable difference at 80% power, and
    the control to beat; empty where there are no ranks.
    """
    task = rows["task"][0]
    task_ranks = ranks.tasks.get(task) if ranks else None
    if task_ranks is None:
        return ""
    resolution = f"minimum detectable difference at 80% power: {task_ranks.detectable:.3f}" if task_ranks.detectable else ""
    best = controls.to_beat(rows, ranks).get(task)
    control = f"best control: {best.model}" if best else ""
    if best and best.not_better:
        control += f", which {best.not_better} of {best.of} models do not beat"
    return "; ".join(part for part in (resolution, control) if part) + "\n"


def overall_rows(overall: Overall, scores: pl.DataFrame) -> list[list[str]]:
    """The overall order, by the crisis gate and then best first: model, rank, score, interval, tier, ranks, ranks under other
    weights, and the crisis gate.

    `scores` is the frame of `board.scores`, which has the models' names.
    """
    names = dict(scores.select("run_id", "model").unique().iter_rows())
    gated = scores.select("run_id", *gate_columns.COLUMNS).unique("run_id")
    gates = {row["run_id"]: gate_words.line(gate_columns.gate_of(row)) for row in gated.iter_rows(named=True)}
    sensitivity = overall.sensitivity.select("run_id", "rank_p5", "rank_p95")
    return [
        [
            names[row["run_id"]],
            str(row["rank"]),
            f"{row['value']:.3f}",
            f"{row['low']:.3f} to {row['high']:.3f}",
            str(row["tier"]),
            spread(row["rank_low"], row["rank_high"]),
            spread(row["rank_p5"], row["rank_p95"]),
            gates[row["run_id"]],
        ]
        for row in overall.order.join(sensitivity, on="run_id", how="left", maintain_order="left").iter_rows(named=True)
    ]
