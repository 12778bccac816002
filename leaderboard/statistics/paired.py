"""Differences between runs on the items scored for both, with clustered errors.

Where every run scored every item, all pairs come from matrix products of cluster influences. A run with a gap is compared,
pair by pair, on the items that both share; where nothing is missing the two methods agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from counsel_leaderboard.leaderboard.statistics.clusters import (
    Estimates,
    cluster_sums,
    estimate,
    linearised,
    moment_df,
    sum_items,
    with_centred,
)
from counsel_leaderboard.leaderboard.statistics.interval_methods import FEWEST_CLUSTERS
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints, ScoreMatrix

# As a share of the two variances of a difference: below this it is a rounding error, and the two runs move together.
ROUNDING = 1e-12
ROWS_AT_A_TIME = 128


@dataclass(frozen=True)
class Block:
    """Some runs against all runs, row against column, positive where the row is better.

    `difference` is in the units of the metric; `error` its standard error, infinite where too few clusters are shared to say,
    0 where the runs do not differ at all; `df` its degrees of freedom.
    """

    difference: Floats
    error: Floats
    df: Floats


@dataclass(frozen=True)
class Pairs:
    """Every run against every run.

    `value` is each run's own score, `influence` (runs x clusters) what each cluster adds to it; more is better in both.
    `upper` holds each pair once: of the runs x runs of `against` the part above the diagonal, row after row. A board keeps the
    pairs of all its tasks, which are most of its memory.
    """

    runs: tuple[str, ...]
    value: Floats
    influence: Floats
    upper: Block

    @classmethod
    def of(cls, runs: tuple[str, ...], value: Floats, influence: Floats, against: Block) -> Pairs:
        """The pairs of `against`, runs x runs, of which the part above the diagonal counts."""
        above = _above(len(runs))
        return cls(runs, value, influence, Block(against.difference[above], against.error[above], against.df[above]))

    @property
    def against(self) -> Block:
        """Runs x runs, built at each call."""
        difference, error, df = (
            _square(part, len(self.runs)) for part in (self.upper.difference, self.upper.error, self.upper.df)
        )
        np.subtract(difference, difference.T.copy(), out=difference)
        error += error.T.copy()
        df += df.T.copy()
        np.fill_diagonal(df, 1.0)
        return Block(difference, error, df)

    def select(self, rows: Ints) -> Pairs:
        """The pairs among some of the runs; `rows` are sorted indices, each once."""
        if len(rows) == len(self.runs):
            return self
        against, square = self.against, np.ix_(rows, rows)
        block = Block(against.difference[square], against.error[square], against.df[square])
        return Pairs.of(tuple(self.runs[row] for row in rows), self.value[rows], self.influence[rows], block)


def _above(size: int) -> NDArray[np.bool_]:
    """size x size, True above the diagonal."""
    return np.triu(np.ones((size, size), dtype=np.bool_), 1)


def _square(upper: Floats, size: int) -> Floats:
    """size x size, 0 but above the diagonal."""
    square = np.zeros((size, size))
    square[_above(size)] = upper
    return square


def compare(matrix: ScoreMatrix) -> Pairs:
    """All pairs of a matrix."""
    estimates, sign = estimate(cluster_sums(matrix)), _sign(matrix)
    block = compare_rows(matrix, np.arange(len(matrix.runs)))
    return Pairs.of(matrix.runs, sign * estimates.value, sign * estimates.influence, block)


def compare_estimates(runs: tuple[str, ...], estimates: Estimates) -> Pairs:
    """All pairs of scores that rest on the same clusters throughout, more is better."""
    block = _by_products(estimates, np.arange(len(runs)), 1.0)
    _clear_diagonal(block, np.arange(len(runs)))
    return Pairs.of(runs, estimates.value, estimates.influence, block)


def compare_rows(matrix: ScoreMatrix, rows: Ints) -> Block:
    """The given runs (sorted indices) against all runs of the matrix."""
    block = _by_products(estimate(cluster_sums(matrix)), rows, _sign(matrix))
    gaps = _gaps(matrix)
    if gaps.any():
        _fill_gaps(block, rows, gaps, matrix)
    _clear_diagonal(block, rows)
    return block


def better(pairs: Pairs) -> Floats:
    """Confidence that the row is better than the column, in [0, 1]: Student's t at difference / error; .5 where they are equal.

    It is one-sided and for one pair at a time; the sets of `rank_sets` are for all pairs together.
    """
    block = pairs.against
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(block.error > 0, block.difference / block.error, 0.0)
    return np.asarray(special.stdtr(np.maximum(block.df, 1.0), t), dtype=np.float64)


def _sign(matrix: ScoreMatrix) -> float:
    return 1.0 if matrix.higher_is_better else -1.0


def _gaps(matrix: ScoreMatrix) -> NDArray[np.bool_]:
    """True for runs whose scored items or weights differ from those of the most complete run."""
    fullest = int(np.argmax(matrix.scored.sum(axis=1)))
    own = matrix.weights * matrix.scored
    return np.asarray(np.any(own != own[fullest], axis=1))


def _clear_diagonal(block: Block, rows: Ints) -> None:
    """Set the difference of each run from itself to 0, without rounding errors."""
    indices = np.arange(len(rows))
    block.difference[indices, rows], block.error[indices, rows], block.df[indices, rows] = 0.0, 0.0, 1.0


def _by_products(estimates: Estimates, rows: Ints, sign: float) -> Block:
    """`_product_rows` of all `rows`, some at a time: its intermediate results take the memory of three blocks."""
    shape = (len(rows), len(estimates.value))
    block = Block(np.empty(shape), np.empty(shape), np.empty(shape))
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        some = slice(start, start + ROWS_AT_A_TIME)
        part = _product_rows(estimates, rows[some], sign)
        block.difference[some], block.error[some], block.df[some] = part.difference, part.error, part.df
    return block


def _product_rows(estimates: Estimates, rows: Ints, sign: float) -> Block:
    """Variances and fourth moments of differences from products of influences: sum (a - b)^2 and sum (a - b)^4 expanded."""
    every, some = estimates.influence, estimates.influence[rows]
    own = estimates.variance[rows][:, None] + estimates.variance[None, :]
    variance = own - 2 * some @ every.T
    variance[variance <= ROUNDING * own] = 0.0
    square = np.square(every)
    cube = square * every
    fourth = np.square(square).sum(axis=1)
    moment = fourth[rows][:, None] + fourth[None, :] + 6 * square[rows] @ square.T
    moment -= 4 * (cube[rows] @ every.T + some @ cube.T)
    difference = sign * (estimates.value[rows][:, None] - estimates.value[None, :])
    n_clusters, design = int(estimates.n_clusters.max(initial=0)), float(estimates.df_design.max(initial=0.0))
    return _block(difference, variance, moment, n_clusters, design)


def _fill_gaps(block: Block, rows: Ints, gaps: NDArray[np.bool_], matrix: ScoreMatrix) -> None:
    """Replace the pairs of runs with gaps by comparisons on shared items, each pair computed once."""
    shared = _SharedItems(matrix)
    at = {int(row): index for index, row in enumerate(rows)}
    given = np.isin(np.arange(len(gaps)), rows)
    for row, index in at.items():
        done = given & gaps & (np.arange(len(gaps)) <= row)
        others = np.flatnonzero(~done if gaps[row] else gaps & ~given)
        if not len(others):
            continue
        part = shared.compare(row, others)
        _write(block, index, others, part)
        inside = given[others]
        back = np.array([at[int(other)] for other in others[inside]], dtype=np.int64)
        _write(block, back, row, Block(-part.difference[inside], part.error[inside], part.df[inside]))


def _write(block: Block, rows: Ints | int, columns: Ints | int, part: Block) -> None:
    block.difference[rows, columns] = part.difference
    block.error[rows, columns] = part.error
    block.df[rows, columns] = part.df


class _SharedItems:
    """Compares one run with others, each pair on the items that both have scores for."""

    def __init__(self, matrix: ScoreMatrix) -> None:
        self.matrix = matrix
        self.sign = _sign(matrix)
        self.scored = matrix.scored.astype(np.float64)
        self.weights = matrix.weights * self.scored
        self.weighted = np.nan_to_num(matrix.values) * self.weights

    def compare(self, row: int, columns: Ints) -> Block:
        """One run against the columns; arrays of their length."""
        theirs, scored = self.scored[row], self.scored[columns]
        own_sums = sum_items(scored * self.weighted[row], scored * self.weights[row], self.matrix)
        their_sums = sum_items(self.weighted[columns] * theirs, self.weights[columns] * theirs, self.matrix)
        (own_value, own_raw), (their_value, their_raw) = linearised(own_sums), linearised(their_sums)
        estimates = with_centred(own_value - their_value, own_raw - their_raw, own_sums)
        scale = np.square(own_raw).sum(axis=1) + np.square(their_raw).sum(axis=1)
        variance = np.where(estimates.variance <= ROUNDING * scale, 0.0, estimates.variance)
        fourth = np.square(np.square(estimates.influence)).sum(axis=1)
        return _block(self.sign * estimates.value, variance, fourth, estimates.n_clusters, estimates.df_design)


def _block(difference: Floats, variance: Floats, fourth: Floats, n_clusters: Ints | int, design: Floats | float) -> Block:
    df = moment_df(variance, fourth, n_clusters, design)
    error = np.sqrt(variance)
    few = (np.asarray(n_clusters) < FEWEST_CLUSTERS) | (np.asarray(design) < FEWEST_CLUSTERS - 1) | np.isnan(difference)
    error[np.broadcast_to(few, difference.shape)] = np.inf
    # All clusters show the same difference: the sign test's p, 2^(1 - clusters), replaces an infinite t.
    alike = (error == 0) & (difference != 0)
    if alike.any():
        n = np.broadcast_to(n_clusters, difference.shape)[alike]
        error[alike] = np.abs(difference[alike]) / -special.stdtrit(df[alike], 0.5 ** n.clip(1, 1000))
    return Block(np.nan_to_num(difference), error, df)
