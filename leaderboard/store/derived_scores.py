"""Scores derived from others: the win rate at equal length, and the wider interval "for questions like these".

Both are separate rows of the board beside the headline that they belong to, and are never ranked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from counsel_leaderboard.leaderboard.board.reasons import Code, Reason, wording
from counsel_leaderboard.leaderboard.statistics.pairwise.win_rate import LengthControlled, Missing, length_controlled
from counsel_leaderboard.leaderboard.statistics.question_intervals import question_intervals
from counsel_leaderboard.registry.manifests import Derived

WITHOUT = {Missing.NOTHING_COMPARED: Code.NOTHING_COMPARED, Missing.LENGTHS_DIFFER: Code.LENGTHS_DIFFER}
WIDER_NOTE = "questions resampled too; not ranked on"

Declared = tuple[str, str, Derived]
"""Task, the score's name, and how its manifest derives it."""


def with_derived(
    scores: pl.DataFrame, items: pl.DataFrame, questions: pl.DataFrame, declared: Iterable[Declared]
) -> pl.DataFrame:
    """`scores`, and the derived rows that the tasks of this run declare and its items allow.

    `questions`: task, item, facet (the question of the item), for tasks that ask the same set of questions of every cluster.
    """
    derived = []
    for task, name, score in declared:
        for row in scores.filter(pl.col("headline") & (pl.col("task") == task)).to_dicts():
            if score.method == "length_controlled":
                derived.append(_equal_length(row, items, name, score.using))
            else:
                derived.append(_like_these(row, items, name, questions))
    rows = [row for row in derived if row is not None]
    return pl.concat([scores, pl.DataFrame(rows, schema=scores.schema)]) if rows else scores


def _of(items: pl.DataFrame, row: dict[str, Any], metric: str) -> pl.DataFrame:
    return items.filter((pl.col("task") == row["task"]) & (pl.col("metric") == metric))


def _derived(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy of the headline `row` with these changes: same denominators, no combine rule, not a headline."""
    blank = dict.fromkeys(("combine", "conservative", "bound_low", "bound_high"))
    return {**row, **blank, "headline": False, **changes}


def _equal_length(row: dict[str, Any], items: pl.DataFrame, name: str, length: str) -> dict[str, Any] | None:
    ratios = _of(items, row, length).select("item", ratio="value")
    if ratios.is_empty():
        return None
    table = _of(items, row, row["metric"]).join(ratios, on="item", how="left").sort("item")
    wins, ratio = (table[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in ("value", "ratio"))
    # An empty reply has no length to control for.
    controlled: LengthControlled = length_controlled(wins, np.log(np.where(ratio > 0, ratio, np.nan)))
    return _derived(
        row,
        metric=name,
        value=controlled.value,
        low=controlled.low,
        high=controlled.high,
        interval="bootstrap",
        note=wording(Reason(WITHOUT[controlled.reason])) if controlled.reason else "",
        n_items=controlled.n_clusters,
        n_clusters=controlled.n_clusters,
        n_unscored=table.height - controlled.n_clusters,
    )


def _like_these(row: dict[str, Any], items: pl.DataFrame, name: str, questions: pl.DataFrame) -> dict[str, Any] | None:
    facets = questions.filter(pl.col("task") == row["task"]).select("item", "facet")
    answers = _of(items, row, row["metric"]).join(facets, on="item")
    if row["value"] is None or answers["value"].drop_nulls().is_empty():
        return None
    interval = question_intervals(answers, row["lo"], row["hi"]).row(0, named=True)
    return _derived(row, metric=name, low=interval["low"], high=interval["high"], interval="two-way", note=WIDER_NOTE)
