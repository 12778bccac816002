"""When enough of a score's items were scored for it to be ranked, and what may be said of it where too few were."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board.reasons import Code, columns

# A score with a smaller share of scored items is shown but not ranked.
SCORED_FLOOR = 0.95

# Of recorded answers to questions that allow "do not know": the share that needs a value, and SCORED_FLOOR need an answer.
CODED_FLOOR = 0.80

LOW_COVERAGE: Final = (Code.TOO_FEW_SCORED.value, Code.TOO_FEW_CODED.value)
"""Reasons of a score with too few scored items: its interval would leave out what the others could have changed."""

# A share such as 0.29 times 100 is a little less than 29.
_ROUNDING: Final = 1e-9


def whole_percent(share: float) -> int:
    """A share as whole percent, rounded down wherever one is shown, so that 95% means 95% at least."""
    return math.floor(share * 100 + _ROUNDING)


def whole_percents(share: pl.Expr) -> pl.Expr:
    """`whole_percent` of a column."""
    return (share * 100 + _ROUNDING).floor().cast(pl.Int64)


def with_bounds(scores: pl.DataFrame) -> pl.DataFrame:
    """Scores of the board with `partial`: whether too few items were scored.

    There low and high are bound_low and bound_high, the values had every unscored item been lowest, or highest.
    """
    codes = columns.codes(pl.col("unranked_reasons"))
    partial = (codes.list.set_intersection(list(LOW_COVERAGE)).list.len() > 0).fill_null(False)
    bounds = [pl.when("partial").then(f"bound_{end}").otherwise(end).alias(end) for end in ("low", "high")]
    return scores.with_columns(partial=partial).with_columns(*bounds)


def bounded(score: Mapping[str, Any], partial: bool | None = None) -> dict[str, Any]:
    """As `with_bounds`, of one score without reasons. partial: None where its own counts decide."""
    if partial is None:
        asked = score["n_items"] + (score["n_unscored"] or 0)
        partial = bool(asked) and score["n_items"] < SCORED_FLOOR * asked
    ends = {end: score[f"bound_{end}" if partial else end] for end in ("low", "high")}
    return {**score, **ends, "partial": partial}
