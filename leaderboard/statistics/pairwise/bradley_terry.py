"""Bradley-Terry strengths from pairwise verdicts, with errors clustered by speech (the client's text).

Maximum likelihood by Newton's method on counts per pair (Bradley and Terry, Biometrika 39, 1952; ties count half to each
side), sandwich errors over clusters (White, Econometrica 50, 1982). Implemented here because the maintained packages either
give no errors or pin another numpy; tests compare it with one of them. A solution exists only where all runs are connected by
comparisons and none won or lost everything against the rest (Ford, American Mathematical Monthly 64, 1957): other data are
refused, unless a prior is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from counsel_leaderboard.leaderboard.statistics.clusters import Estimates, moment_df
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.paired import Pairs, compare_estimates
from counsel_leaderboard.leaderboard.statistics.proportions import LEVEL, ConfidenceLimits, t_quantile
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints

COLUMNS = ("speech", "a", "b", "score")
STEPS = 100
WORTHWHILE = 0.3
CLOSE = 1e-10


@dataclass(frozen=True)
class Strengths:
    """Log-odds strengths that add up to 0, in the order of `runs`: the odds that i beats j are exp(value_i - value_j).

    `comparisons` counts those of each run that were scored. `limits` are NaN with fewer than 5 clusters. `pairs` is for tiers
    and rank sets.
    """

    runs: tuple[str, ...]
    value: Floats
    limits: ConfidenceLimits
    comparisons: Ints
    pairs: Pairs


@dataclass(frozen=True)
class _Counts:
    """Comparisons as arrays: for each (cluster, a, b) the number `n` and the points `s` of a."""

    cluster: Ints
    a: Ints
    b: Ints
    n: Floats
    s: Floats


def fit(verdicts: pl.DataFrame, prior: float = 0.0, level: float = LEVEL) -> Strengths:
    """Strengths of all runs in `verdicts`: speech, a, b (run ids), score of a (1, .5 or 0; null = not scored).

    `prior` adds that many wins to either side of every compared pair, which draws strengths together and lets a run that
    won or lost everything have one. Raises RankingError for a missing column, another score, nothing to compare, a
    disconnected graph (naming a run of each part), and runs that won or lost everything against the rest where there is no
    prior.
    """
    comparisons = _checked(verdicts)
    runs = tuple(pl.concat([comparisons["a"], comparisons["b"]]).unique().sort())
    counts = _counts(comparisons, runs)
    _check_graph(counts, runs, prior)
    value, information = _newton(_by_pair(counts, len(runs)), len(runs), prior)
    estimates = _estimates(value, information, counts)
    half = t_quantile(estimates.df, level) * np.sqrt(estimates.variance)
    half[estimates.n_clusters < 5] = np.nan
    counted = np.bincount(counts.a, counts.n, len(runs)) + np.bincount(counts.b, counts.n, len(runs))
    limits = ConfidenceLimits(value - half, value + half)
    return Strengths(runs, value, limits, counted.astype(np.int64), compare_estimates(runs, estimates))


def _checked(verdicts: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in COLUMNS if name not in verdicts.columns]
    if missing:
        raise RankingError(f"verdicts lack {', '.join(missing)}: they need {', '.join(COLUMNS)}")
    comparisons = verdicts.select(COLUMNS).filter(pl.col("score").is_not_null())
    if comparisons.is_empty():
        raise RankingError("no comparison was scored: there is nothing to fit")
    bad = comparisons.filter(~pl.col("score").is_in([0.0, 0.5, 1.0]) | (pl.col("a") == pl.col("b")))
    if bad.height:
        raise RankingError(f"verdict {bad.row(0)}: a score is 0, .5 or 1, and a run is not compared with itself")
    return comparisons


def _counts(comparisons: pl.DataFrame, runs: tuple[str, ...]) -> _Counts:
    clusters, size = comparisons["speech"].unique().sort(), len(runs)
    cluster, a, b = (_codes(comparisons[name], names) for name, names in (("speech", clusters), ("a", runs), ("b", runs)))
    # One number per (cluster, a, b): sorting numbers is many times faster than grouping by three names.
    cells, where = np.unique((cluster * size + a) * size + b, return_inverse=True)
    n = np.bincount(where).astype(np.float64)
    s = np.bincount(where, comparisons["score"].to_numpy()).astype(np.float64)
    return _Counts(cells // size**2, cells // size % size, cells % size, n, s)


def _codes(column: pl.Series, names: Sequence[str] | pl.Series) -> Ints:
    """The index of each value in the sorted `names`."""
    return column.cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy()


def _by_pair(counts: _Counts, size: int) -> _Counts:
    """The same comparisons over all clusters, each pair once."""
    turned = counts.a > counts.b
    key = np.where(turned, counts.b * size + counts.a, counts.a * size + counts.b)
    points = np.where(turned, counts.n - counts.s, counts.s)
    pairs, where = np.unique(key, return_inverse=True)
    n, s = (np.bincount(where, weights).astype(np.float64) for weights in (counts.n, points))
    return _Counts(np.zeros_like(pairs), pairs // size, pairs % size, n, s)


def _check_graph(counts: _Counts, runs: tuple[str, ...], prior: float) -> None:
    won, lost = counts.s > 0, counts.s < counts.n
    loser = np.concatenate([counts.b[won], counts.a[lost]])
    winner = np.concatenate([counts.a[won], counts.b[lost]])
    graph = coo_array((np.ones(len(winner)), (loser, winner)), shape=(len(runs), len(runs))).tocsr()
    parts, member = connected_components(graph, directed=True, connection="weak")
    if parts > 1:
        some = ", ".join(runs[int(np.argmax(member == part))] for part in range(min(parts, 4)))
        raise RankingError(
            f"the comparisons fall into {parts} groups without a comparison between them (with {some}): strengths of different "
            "groups cannot be compared. Add comparisons between them, or fit each group by itself."
        )
    if prior > 0:
        return
    parts, member = connected_components(graph, directed=True, connection="strong")
    if parts > 1:
        small = int(np.argmin(np.bincount(member)))
        some = ", ".join(run for run, part in zip(runs, member, strict=True) if part == small)
        raise RankingError(
            f"{some} won, or lost, every comparison with the rest, so the strength has no finite value. Add comparisons, leave "
            "it out, or give a prior (0.5 adds half a win to either side of every compared pair)."
        )


def _newton(pairs: _Counts, size: int, prior: float) -> tuple[Floats, Floats]:
    """Strengths, and the information matrix with the sum fixed at 0."""
    n, s = pairs.n + 2 * prior, pairs.s + prior
    value, factor, before = np.zeros(size), None, np.inf
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(value[pairs.b] - value[pairs.a]))
        residual = s - n * probability
        gradient = np.bincount(pairs.a, residual, size) - np.bincount(pairs.b, residual, size)
        if factor is None:
            factor = cho_factor(_laplacian(pairs, n * probability * (1 - probability), size))
        step = cho_solve(factor, gradient)
        # Far from the maximum the quadratic step overshoots; steps of at most two units of log-odds always converge.
        length = float(np.abs(step).max())
        step *= min(1.0, 2.0 / max(length, 1e-300))
        value = value + step - (value + step).mean()
        if length < CLOSE:
            return value, _laplacian(pairs, n * probability * (1 - probability), size)
        # Building the matrix is the cost, so it is reused as long as it makes good progress towards the maximum.
        factor, before = (factor if length < WORTHWHILE * before else None), length
    raise RankingError(f"strengths did not converge in {STEPS} steps: a run won or lost nearly always; give a prior")


def _laplacian(pairs: _Counts, weight: Floats, size: int) -> Floats:
    matrix = np.zeros((size, size))
    matrix[pairs.a, pairs.b] = matrix[pairs.b, pairs.a] = -weight
    matrix[np.diag_indices(size)] = -matrix.sum(axis=1)
    # A common shift does not change the likelihood; adding its direction makes the matrix invertible and changes nothing else.
    return matrix + 1.0 / size


def _estimates(value: Floats, information: Floats, counts: _Counts) -> Estimates:
    """Strengths with sandwich errors, from the influence of each cluster on each strength."""
    n_clusters = int(counts.cluster.max()) + 1
    residual = counts.s - counts.n / (1 + np.exp(value[counts.b] - value[counts.a]))
    gradients = np.zeros((len(value), n_clusters))
    np.add.at(gradients, (counts.a, counts.cluster), residual)
    np.subtract.at(gradients, (counts.b, counts.cluster), residual)
    influence = cho_solve(cho_factor(information), gradients) * np.sqrt(n_clusters / max(n_clusters - 1, 1))
    variance = np.square(influence).sum(axis=1)
    design = np.full(len(value), float(n_clusters - 1))
    df = moment_df(variance, np.square(np.square(influence)).sum(axis=1), n_clusters, design)
    return Estimates(value, influence, variance, df, design, np.full(len(value), n_clusters))
