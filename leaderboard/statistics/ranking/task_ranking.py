"""The ranks of one task: which runs are better than the controls, their tiers, and the ranks that each could hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from counsel_leaderboard.leaderboard.statistics.clusters import cluster_sums, estimate
from counsel_leaderboard.leaderboard.statistics.paired import Block, Pairs, compare, compare_rows
from counsel_leaderboard.leaderboard.statistics.power import detectable
from counsel_leaderboard.leaderboard.statistics.proportions import t_quantile
from counsel_leaderboard.leaderboard.statistics.ranking import group_order
from counsel_leaderboard.leaderboard.statistics.ranking.rank_sets import MaxT, max_t, rank_sets
from counsel_leaderboard.leaderboard.statistics.ranking.tiers import tiers
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints, ScoreMatrix

RANKS = {
    "run_id": pl.String,
    "task": pl.String,
    "tier": pl.Int64,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
    "not_better_than": pl.String,
}


PAIR: dict[str, type[pl.DataType]] = {
    "a": pl.String,
    "b": pl.String,
    **dict.fromkeys(("difference", "low", "high", "probability"), pl.Float64),
}


@dataclass(frozen=True)
class Compared:
    """All runs of a task that are compared, controls among them; cached, so that one more run costs one more row."""

    matrix: ScoreMatrix
    pairs: Pairs
    max_t: MaxT


@dataclass(frozen=True)
class TaskRanks:
    """`ranks`: run_id, task, tier, rank_low, rank_high, not_better_than (the control that does as well, whose candidate is
    unranked: then the numbers are null), a row a candidate.

    `best_control` is the control that candidates are compared with, None without controls; `not_better` are those that fail:
    unranked, or ranked all the same where controls are shown beside. `detectable` is the minimum detectable difference at
    80% power, in the metric's units, None where no pair has an error.
    """

    task: str
    metric: str
    ranks: pl.DataFrame
    best_control: str | None
    not_better: tuple[str, ...]
    critical: float | None
    detectable: float | None
    n_items: int


def compare_all(matrix: ScoreMatrix) -> Compared:
    """Every pair, and the bootstrap of the largest."""
    pairs = compare(matrix)
    return Compared(matrix, pairs, max_t(pairs))


def add_runs(known: Compared, matrix: ScoreMatrix, new: Sequence[str]) -> Compared:
    """`compare_all(matrix)`, where all runs but the `new` ones were compared before on the same items."""
    rows = np.array([matrix.runs.index(run) for run in new], dtype=np.int64)
    old = np.ones(len(matrix.runs), dtype=np.bool_)
    old[rows] = False
    block = compare_rows(matrix, rows)
    earlier = known.pairs.against
    against = Block(
        _widened(earlier.difference, block.difference, rows, old, -1.0),
        _widened(earlier.error, block.error, rows, old, 1.0),
        _widened(earlier.df, block.df, rows, old, 1.0),
    )
    estimates = estimate(cluster_sums(matrix))
    sign = 1.0 if matrix.higher_is_better else -1.0
    pairs = Pairs.of(matrix.runs, sign * estimates.value, sign * estimates.influence, against)
    return Compared(matrix, pairs, max_t(pairs, known.max_t))


def without(known: Compared, remaining: Sequence[str]) -> Compared:
    """`known` for the `remaining` runs only."""
    selected = set(remaining)
    rows = np.array([index for index, run in enumerate(known.matrix.runs) if run in selected], dtype=np.int64)
    pairs = known.pairs.select(rows)
    return Compared(known.matrix.select(rows), pairs, max_t(pairs))


def rank(
    compared: Compared,
    candidates: Sequence[str],
    controls: Sequence[str],
    *,
    gate: bool = True,
    groups: Mapping[str, int] | None = None,
) -> TaskRanks:
    """Ranks of the candidates among those that are better than the task's best control; among all without `gate`.

    groups: of each run, for `group_order`: all of a better group, from 0, rank before all of a worse one.

    All pairs that were compared, controls included, are the family for which the rank sets hold together.
    """
    at = {run: index for index, run in enumerate(compared.matrix.runs)}
    best = max((run for run in controls if run in at), key=lambda run: (compared.pairs.value[at[run]], run), default=None)
    against = compared.pairs.against
    failed = [run for run in candidates if best is not None and does_as_well(against, at[best], at[run])]
    barred = failed if gate else []
    ranked = np.array(sorted({at[run] for run in candidates} - {at[run] for run in barred}), dtype=np.int64)
    pairs = compared.pairs.select(ranked)
    rows: dict[str, tuple[int | None, int | None, int | None, str | None]]
    rows = dict.fromkeys(barred, (None, None, None, best))
    critical = None
    if len(ranked):
        group = group_order.of_runs(pairs.runs, groups)
        sets = group_order.between(rank_sets(pairs, compared.max_t), group)
        tier, critical = tiers(group_order.within(pairs.value, group), sets.significant), sets.critical
        numbers = zip(tier.tolist(), sets.low.tolist(), sets.high.tolist(), strict=True)
        rows |= {run: (*three, None) for run, three in zip(pairs.runs, numbers, strict=True)}
    task, metric = compared.matrix.task, compared.matrix.metric
    frame = pl.DataFrame([(run, task, *row) for run, row in sorted(rows.items())], schema=RANKS, orient="row")
    smallest = detectable(pairs, critical) if critical is not None else None
    return TaskRanks(task, metric, frame, best, tuple(failed), critical, smallest, len(compared.matrix.items))


def does_as_well(against: Block, control: int, run: int) -> bool:
    """Whether a control does as well as a run, both given by their index in `against`, runs x runs.

    It does unless the 95% interval of the paired difference, on the items scored for both, lies wholly on the run's side of
    0; so also where too few clusters are shared for an interval. The only rule for this: docs/method/controls.md describes it.
    """
    difference, error = against.difference[run, control], against.error[run, control]
    return not (np.isfinite(error) and difference > t_quantile(against.df[run, control]) * error)


def pair_frame(pairs: Pairs, runs: Sequence[str], level: float = 0.95) -> pl.DataFrame:
    """Each of `runs` against every other: a, b, difference (positive: a is better), low, high, probability that a is better.

    The limits of a pair do not hold simultaneously for all pairs. Limits are null where too few clusters are shared.
    """
    at = {run: index for index, run in enumerate(pairs.runs)}
    couples = [(a, b) for a in runs for b in runs if a != b and a in at and b in at]
    rows = np.array([at[a] for a, _ in couples], dtype=np.int64)
    columns = np.array([at[b] for _, b in couples], dtype=np.int64)
    against = pairs.against
    difference, error, df = (part[rows, columns] for part in (against.difference, against.error, against.df))
    with np.errstate(invalid="ignore", divide="ignore"):
        half = t_quantile(df, level) * error
        probability = special.stdtr(np.maximum(df, 1.0), np.where(error > 0, difference / error, 0.0))
    half = np.where(np.isfinite(error), half, np.nan)
    return pl.DataFrame(
        {
            "a": [a for a, _ in couples],
            "b": [b for _, b in couples],
            "difference": difference,
            "low": difference - half,
            "high": difference + half,
            "probability": np.where(np.isfinite(error), probability, np.nan),
        },
        schema=PAIR,
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _widened(known: Floats, rows_block: Floats, rows: Ints, old: NDArray[np.bool_], sign: float) -> Floats:
    size = len(old)
    wide = np.empty((size, size))
    wide[np.ix_(old, old)] = known
    wide[rows] = rows_block
    wide[:, rows] = sign * rows_block.T
    return wide
