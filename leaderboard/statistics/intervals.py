"""An interval for every score, clustered by the sampled unit.

Methods: `interval_methods`; their coverage: benchmarks/results/ranking_coverage.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from counsel_leaderboard.leaderboard.statistics.clusters import Estimates, Sums, cluster_sums, estimate
from counsel_leaderboard.leaderboard.statistics.interval_methods import Scaled, choose, plain_limits, scaled, unit_limits
from counsel_leaderboard.leaderboard.statistics.proportions import LEVEL, ConfidenceLimits
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints, ScoreMatrix, score_matrices

TOO_FEW = "too few clusters"
# Called conservative is what holds more often than it says in every simulated cell of which most boards are called so: these
# methods, and the likelihood of as few clusters as this (benchmarks/results/ranking_coverage.md and skewed_coverage.md).
CONSERVATIVE_METHODS = ("bounds", "constant")
CONSERVATIVE_CLUSTERS = 10

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "run_id": pl.String,
    "task": pl.String,
    "metric": pl.String,
    "stratum": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "method": pl.String,
    "conservative": pl.Boolean,
    "note": pl.String,
    "n_items": pl.Int64,
    "n_clusters": pl.Int64,
    "n_unscored": pl.Int64,
    "bound_low": pl.Float64,
    "bound_high": pl.Float64,
}


@dataclass(frozen=True)
class Scores:
    """One matrix's scores; arrays of length runs. `bounds`: the score if every unscored item were lowest, or highest."""

    value: Floats
    limits: ConfidenceLimits
    method: NDArray[np.str_]
    conservative: NDArray[np.bool_]
    n_items: Ints
    n_clusters: Ints
    n_unscored: Ints
    bounds: ConfidenceLimits


def intervals(items: pl.DataFrame, tasks: pl.DataFrame, by_stratum: bool = False, level: float = LEVEL) -> pl.DataFrame:
    """Score, interval and denominators of every run, task and metric, sorted by task, metric, stratum and run.

    `items` and `tasks` are as in `score_matrix.score_matrices`. Columns: run_id, task, metric, stratum (null for the whole
    measure; with `by_stratum` one row more for every stratum), value, low, high (null where nothing was scored or no limit
    can be given), method, conservative, note ("" or "too few clusters"), n_items (scored), n_clusters, n_unscored, bound_low
    and bound_high (the score had all unscored items been lowest or highest; null for measures without a range).
    """
    parts = [_columns(part, stratum, level) for part, stratum in _parts(items, tasks, by_stratum)]
    # One frame for all matrices: building one per matrix would cost more than the statistics.
    rows = {name: list(chain.from_iterable(part[name] for part in parts)) for name in SCHEMA}
    return pl.DataFrame(rows, schema=SCHEMA).with_columns(pl.col(pl.Float64).fill_nan(None))


def _parts(items: pl.DataFrame, tasks: pl.DataFrame, by_stratum: bool) -> Iterator[tuple[ScoreMatrix, str | None]]:
    for matrix in score_matrices(items, tasks):
        yield matrix, None
        for stratum in matrix.strata if by_stratum else ():
            yield matrix.within(stratum), stratum


def _columns(matrix: ScoreMatrix, stratum: str | None, level: float) -> dict[str, list[Any]]:
    """The rows of `intervals` for one matrix, one list per column."""
    scores, count = score(matrix, level), len(matrix.runs)
    return {
        "run_id": list(matrix.runs),
        "task": [matrix.task] * count,
        "metric": [matrix.metric] * count,
        "stratum": [stratum] * count,
        "value": scores.value.tolist(),
        "low": scores.limits.low.tolist(),
        "high": scores.limits.high.tolist(),
        "method": scores.method.tolist(),
        "conservative": scores.conservative.tolist(),
        "note": np.where(scores.method == "bounds", TOO_FEW, "").tolist(),
        "n_items": scores.n_items.tolist(),
        "n_clusters": scores.n_clusters.tolist(),
        "n_unscored": scores.n_unscored.tolist(),
        "bound_low": scores.bounds.low.tolist(),
        "bound_high": scores.bounds.high.tolist(),
    }


def score(matrix: ScoreMatrix, level: float = LEVEL) -> Scores:
    """Scores and intervals of one matrix."""
    sums = cluster_sums(matrix)
    estimates = estimate(sums)
    unit = scaled(matrix, sums, estimates)
    method = choose(matrix, sums, estimates, unit)
    return Scores(
        value=estimates.value,
        limits=_limits(matrix, sums, estimates, unit, method, level),
        method=method,
        conservative=_conservative(estimates, method),
        n_items=matrix.scored.sum(axis=1),
        n_clusters=estimates.n_clusters,
        n_unscored=matrix.unscored.sum(axis=1),
        bounds=unscored_bounds(matrix),
    )


def unscored_bounds(matrix: ScoreMatrix) -> ConfidenceLimits:
    """Scores if every unscored item were lowest, and highest; NaN for a measure without a range."""
    if matrix.ends is None:
        nothing = np.full(len(matrix.runs), np.nan)
        return ConfidenceLimits(nothing, nothing)
    low, high = (estimate(cluster_sums(matrix.filled(end))).value for end in matrix.ends)
    return ConfidenceLimits(low, high)


def _limits(
    matrix: ScoreMatrix, sums: Sums, estimates: Estimates, unit: Scaled | None, method: NDArray[np.str_], level: float
) -> ConfidenceLimits:
    low, high = np.full(len(matrix.runs), np.nan), np.full(len(matrix.runs), np.nan)
    for name in sorted(set(method.tolist()) - {""}):
        rows = method == name
        if unit is None or matrix.ends is None:
            ends, lo, span = plain_limits(estimates, level), 0.0, 1.0
        else:
            ends, lo, span = unit_limits(name, sums, estimates, unit, level), matrix.ends[0], matrix.ends[1] - matrix.ends[0]
        low[rows], high[rows] = lo + span * ends.low[rows], lo + span * ends.high[rows]
    return ConfidenceLimits(low, high)


def _conservative(estimates: Estimates, method: NDArray[np.str_]) -> NDArray[np.bool_]:
    few = (method == "likelihood") & (estimates.n_clusters <= CONSERVATIVE_CLUSTERS)
    return np.asarray(np.isin(method, CONSERVATIVE_METHODS) | few)
