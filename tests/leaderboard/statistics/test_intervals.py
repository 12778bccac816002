from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from counsel_leaderboard.leaderboard.statistics.bootstrap import SEED, cluster_weights
from counsel_leaderboard.leaderboard.statistics.clusters import cluster_sums, estimate, ratio
from counsel_leaderboard.leaderboard.statistics.interval_methods import plain_limits
from counsel_leaderboard.leaderboard.statistics.intervals import intervals, score
from counsel_leaderboard.leaderboard.statistics.proportions import (
    LEVEL,
    ConfidenceLimits,
    hoeffding_half_width,
    unseen_share,
    wilson,
)
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, ScoreMatrix, score_matrices
from tests.leaderboard.statistics.frames import items, singles, tasks
from tests.support.simulation import Design, equal_models, matrix_of


# Newcombe, Statistics in Medicine 17 (1998), table I, method 3 (Wilson's score without continuity correction).
@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_limits(hits: int, n: int, low: float, high: float) -> None:
    limits = wilson(hits / n, n)
    assert (round(float(limits.low), 4), round(float(limits.high), 4)) == (low, high)


def test_wilson_agrees_with_scipy_and_is_symmetric() -> None:
    for hits in range(8):
        ours, theirs = wilson(hits / 7, 7), stats.binomtest(hits, 7).proportion_ci(method="wilson")
        assert (float(ours.low), float(ours.high)) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
        mirror = wilson(1 - hits / 7, 7)
        assert float(mirror.high) == pytest.approx(1 - float(ours.low), abs=1e-12)


def test_independent_shares_get_wilson_with_students_t() -> None:
    row = intervals(singles({"a": [1.0] * 6 + [0.0] * 4}), tasks()).row(0, named=True)
    # t with 9 degrees of freedom is 2.262157; z^2 = 5.117355. Centre (0.6 + z^2/20) / (1 + z^2/10) = 0.566149,
    # half z / (1 + z^2/10) * sqrt(.24/10 + z^2/400) = 1.496392 * sqrt(0.036793) = 0.287032.
    assert row["method"] == "wilson"
    assert (row["low"], row["high"]) == pytest.approx((0.566149 - 0.287032, 0.566149 + 0.287032), abs=2e-6)


def test_students_t_on_the_sleep_data() -> None:
    """Student, Biometrika 6 (1908): ten differences of hours of sleep, mean 1.58, standard error .3890."""
    hours = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    (panel,) = score_matrices(singles({"a": hours}), tasks(lo=None, hi=None))
    estimates = estimate(cluster_sums(panel))
    assert estimates.value[0] == pytest.approx(1.58)
    assert math.sqrt(estimates.variance[0]) == pytest.approx(0.3890, abs=5e-5)
    # One patient drives the spread: fourth powers add up to 90.386 (3.02^4 alone is 83.18), squares to 13.616. Kurtosis
    # 9.0386 / 1.3616^2 = 4.8753, so df = 2 * 10 / 3.8753 = 5.161, where a normal sample would have kept n - 1 = 9.
    assert estimates.df[0] == pytest.approx(5.161, abs=1e-3)


def test_strata_are_resampled_apart() -> None:
    """Two strata that differ and hardly vary inside: their distance is no uncertainty of the score."""
    rows = [("A", f"a{i}", value) for i, value in enumerate((0.1, 0.2, 0.3))]
    rows += [("B", f"b{i}", value) for i, value in enumerate((0.7, 0.8, 0.9))]
    (panel,) = score_matrices(items({"r": rows}), tasks("strata"))
    estimates = estimate(cluster_sums(panel))
    # Each stratum's variance is .01, of its mean .01/3; the score is the mean of two such means: .01/3 / 4 * 2 = 1/600.
    assert estimates.variance[0] == pytest.approx(1 / 600)
    assert estimates.df_design[0] == 4


def test_a_stratum_of_one_cluster_is_held_against_the_whole() -> None:
    rows = [("A", "a", 0.2), ("B", "b", 0.6), *(("C", f"c{i}", 0.4) for i in range(3))]
    (panel,) = score_matrices(items({"r": rows}), tasks("strata"))
    estimates = estimate(cluster_sums(panel))
    # Score .4. Stratum C does not vary; A and B together have influences -+.2/3 and a factor 2/(2-1): 2 * 2 * (.2/3)^2.
    assert estimates.variance[0] == pytest.approx(4 * (0.2 / 3) ** 2)
    assert estimates.df_design[0] == 2 + 1


def test_a_constant_score_says_how_much_could_be_unseen() -> None:
    row = intervals(items({"a": [("all", f"c{i}", v) for i in range(20) for v in (0.0, 0.5)]}), tasks()).row(0, named=True)
    # Every vignette gave .25. Up to 1 - .025^(1/20) = 16.8% of vignettes could differ, by .25 below or .75 above.
    share = 1 - 0.025 ** (1 / 20)
    assert unseen_share(20) == pytest.approx(share)
    assert row["method"] == "constant"
    assert (row["low"], row["high"]) == pytest.approx((0.25 - share * 0.25, 0.25 + share * 0.75))


def test_too_few_clusters_give_bounds_and_say_so() -> None:
    rows = [("all", f"c{i}", v) for i, v in enumerate((0.4, 0.5, 0.6))] * 2
    row = intervals(items({"a": rows}), tasks("clusters")).row(0, named=True)
    # Hoeffding with three weights of 1/3: sqrt(ln 40 / 2 / 3) = .784.
    assert hoeffding_half_width(np.full((1, 3), 1 / 3))[0] == pytest.approx(math.sqrt(math.log(40) / 6))
    assert (row["note"], row["method"], row["low"], row["high"]) == ("too few clusters", "bounds", 0.0, 1.0)


def test_a_measure_without_range_and_with_few_clusters_has_no_limits() -> None:
    row = intervals(singles({"a": [3.0, 4.0, 5.0]}), tasks(lo=None, hi=None)).row(0, named=True)
    assert (row["value"], row["low"], row["high"], row["bound_low"]) == (4.0, None, None, None)


def test_unscored_items_widen_bounds_and_not_the_denominator() -> None:
    row = intervals(singles({"a": [1.0] * 6 + [0.0] * 2 + [None] * 2}), tasks()).row(0, named=True)
    assert (row["value"], row["n_items"], row["n_clusters"], row["n_unscored"]) == (0.75, 8, 8, 2)
    assert (row["bound_low"], row["bound_high"]) == (0.6, 0.8)


def test_nothing_scored_is_null_and_never_zero() -> None:
    row = intervals(singles({"a": [None, None], "b": [1.0, 0.0]}), tasks()).row(0, named=True)
    assert (row["value"], row["low"], row["high"], row["n_items"], row["n_unscored"]) == (None, None, None, 0, 2)


def test_every_stratum_has_a_row_of_its_own() -> None:
    rows = [(s, f"{s}{i}", float(i < hits)) for s, hits in (("A", 2), ("B", 5)) for i in range(8)]
    rows_of_run = intervals(items({"r": rows}), tasks("strata"), by_stratum=True)
    assert rows_of_run.select("stratum", "value").rows() == [(None, 7 / 16), ("A", 2 / 8), ("B", 5 / 8)]


def test_limits_hold_the_value_and_stay_in_the_range() -> None:
    rng = np.random.default_rng(3)
    values = rng.beta(0.3, 2.0, (50, 30)) * 2 - 1
    interval = score(matrix_of(values, Design(10, 3), -1.0, 1.0))
    assert np.all((interval.limits.low >= -1) & (interval.limits.low <= interval.value))
    assert np.all((interval.limits.high <= 1) & (interval.limits.high >= interval.value))


def replicate_scores(matrix: ScoreMatrix, replicates: int, seed: int = SEED) -> Floats:
    """replicates x runs: the score of every run on the same resampled clusters, as two matrix products a stratum."""
    sums = cluster_sums(matrix)
    sizes = np.diff(sums.stratum_starts, append=sums.top.shape[1])
    weights = cluster_weights(sizes, replicates, seed)
    if matrix.combine != "strata":
        return ratio(weights @ sums.top.T, weights @ sums.bottom.T)
    total, strata = np.zeros((replicates, len(matrix.runs))), np.zeros((replicates, len(matrix.runs)))
    for start, size in zip(sums.stratum_starts, sizes, strict=True):
        part = slice(start, start + size)
        below = weights[:, part] @ sums.bottom[:, part].T
        total += ratio(weights[:, part] @ sums.top[:, part].T, below)
        strata += below > 0
    return ratio(total, strata)


def percentile_limits(replicates: Floats, level: float = LEVEL) -> ConfidenceLimits:
    """The middle `level` of replicates x runs."""
    tail = (1 - level) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail], axis=0)
    return ConfidenceLimits(low, high)


@pytest.mark.parametrize("design", [Design(40, 3), Design(45, 6, 9, "strata"), Design(120, 2, 1, "items")])
def test_bootstrap_and_clustered_t_agree_at_forty_clusters_and_more(design: Design) -> None:
    """Two independent methods: formula with Student's t, and percentiles of resampled clusters."""
    panel = matrix_of(equal_models(design, 4, 0.7, 0.7, seed=1, kind="graded"), design)
    formula = plain_limits(estimate(cluster_sums(panel)), 0.95)
    resampled = percentile_limits(replicate_scores(panel, 4000))
    width = formula.high - formula.low
    np.testing.assert_allclose((resampled.high - resampled.low) / width, 1, atol=0.1)
    np.testing.assert_allclose((resampled.low - formula.low) / width, 0, atol=0.06)
    np.testing.assert_allclose((resampled.high - formula.high) / width, 0, atol=0.06)


def test_resampled_weights_keep_strata_and_the_variance_of_small_ones() -> None:
    sizes = np.array([2, 5, 1])
    weights = cluster_weights(sizes, 4000, seed=5)
    for part, size in ((slice(0, 2), 2), (slice(2, 7), 5), (slice(7, 8), 1)):
        np.testing.assert_allclose(weights[:, part].sum(axis=1), size)
    # For values (0, 1) of the stratum of two, the mean's variance is s^2/n = .5/2; drawing n of n would give half of it.
    assert np.var(weights[:, :2] @ [0.0, 1.0] / 2) == pytest.approx(0.25, rel=0.05)


def test_the_same_seed_gives_the_same_resamples_and_another_gives_others() -> None:
    first, again, other = (cluster_weights(np.array([4, 4]), 10, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
