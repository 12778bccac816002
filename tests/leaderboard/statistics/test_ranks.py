from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from counsel_leaderboard.leaderboard.statistics.paired import Block, Pairs, better, compare, compare_rows
from counsel_leaderboard.leaderboard.statistics.ranking.rank_sets import MaxT, bonferroni, critical_t, max_t, rank_sets
from counsel_leaderboard.leaderboard.statistics.ranking.task_ranking import (
    TaskRanks,
    add_runs,
    compare_all,
    pair_frame,
    rank,
    without,
)
from counsel_leaderboard.leaderboard.statistics.ranking.tiers import tiers
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, ScoreMatrix, score_matrices
from tests.leaderboard.statistics.frames import items, singles, tasks
from tests.support.simulation import Design, equal_models, matrix_of

SLEEP = ([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def noisy(levels: list[float], design: Design, seed: int = 0, noise: float = 0.1) -> Floats:
    """Runs at these levels whose items share their difficulty."""
    rng = np.random.default_rng(seed)
    hard = 0.15 * np.repeat(rng.standard_normal(design.clusters), design.size)
    return np.clip(np.array(levels)[:, None] + hard + noise * rng.standard_normal((len(levels), design.items)), 0, 1)


def with_gaps(panel: ScoreMatrix, share: float, seed: int = 9) -> ScoreMatrix:
    holes = np.random.default_rng(seed).random(panel.values.shape) < share
    frame = {**panel.__dict__, "values": np.where(holes, np.nan, panel.values)}
    return ScoreMatrix(**frame)


def test_paired_t_on_the_sleep_data() -> None:
    """Student, Biometrika 6 (1908): difference 1.58, standard error .3890, t 4.0621."""
    (panel,) = score_matrices(singles({"hyoscyamine": SLEEP[0], "hyoscine": SLEEP[1]}), tasks(lo=None, hi=None))
    block = compare(panel).against
    assert block.difference[0, 1] == pytest.approx(1.58)  # hyoscine stands first by name, and more is better
    assert block.error[0, 1] == pytest.approx(0.3890, abs=5e-5)
    assert block.difference[0, 1] / block.error[0, 1] == pytest.approx(4.0621, abs=5e-5)


def test_lower_is_better_turns_differences_round() -> None:
    frame = singles({"a": [0.1, 0.2, 0.0, 0.1, 0.3], "b": [0.5, 0.6, 0.5, 0.4, 0.6]})
    up, down = (compare(next(score_matrices(frame, tasks(higher=higher)))) for higher in (True, False))
    assert up.against.difference[0, 1] == pytest.approx(-0.38)
    assert down.against.difference[0, 1] == pytest.approx(0.38)
    assert better(down)[0, 1] == pytest.approx(1 - better(up)[0, 1])


def test_probability_that_one_is_better() -> None:
    (panel,) = score_matrices(singles({"a": SLEEP[1], "b": SLEEP[0], "c": SLEEP[0]}), tasks(lo=None, hi=None))
    chance = better(compare(panel))
    # One-sided p of t = 4.0621 with 5.161 degrees of freedom, as in test_intervals.
    assert chance[0, 1] == pytest.approx(1 - stats.t.sf(4.0621, 5.161), abs=1e-4)
    assert chance[1, 2] == chance[2, 1] == 0.5  # identical runs


def test_the_same_difference_everywhere_counts_as_a_sign_test() -> None:
    (panel,) = score_matrices(singles({"a": [0.5] * 8, "b": [0.25] * 8}), tasks())
    assert better(compare(panel))[0, 1] == pytest.approx(1 - 2**-8)


def test_pairs_use_the_items_that_both_have() -> None:
    """b lacks the two items on which a is bad: on what both did, they are equal."""
    a, b = [1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0, 1.0, 1.0, None, None]
    pairs = compare(next(score_matrices(singles({"a": a, "b": b}), tasks())))
    assert pairs.value.tolist() == [0.5, 4 / 6]
    assert pairs.against.difference[0, 1] == pairs.against.error[0, 1] == 0.0


@pytest.mark.parametrize("combine", ["items", "clusters", "strata"])
def test_pair_by_pair_agrees_with_matrix_products(combine: str) -> None:
    """A run with a gap goes the slow way; without that item for everybody, all pairs go the fast way."""
    design = Design(20, 3, 5, combine)
    panel = matrix_of(noisy([0.3, 0.5, 0.5, 0.7], design), design)
    holed = panel.values.copy()
    holed[0, 4] = np.nan
    slow = compare(ScoreMatrix(**{**panel.__dict__, "values": holed})).against
    everyone = panel.values.copy()
    everyone[:, 4] = np.nan
    fast = compare(ScoreMatrix(**{**panel.__dict__, "values": everyone})).against
    for name in ("difference", "error", "df"):
        # Run 0 lacks item 4, so each of its pairs is what the fast way gives where all lack it.
        np.testing.assert_allclose(getattr(slow, name)[0, 1:], getattr(fast, name)[0, 1:], rtol=1e-9)
        full = getattr(compare(panel).against, name)
        np.testing.assert_allclose(getattr(slow, name)[1:, 1:], full[1:, 1:], rtol=1e-9)


def test_some_rows_are_those_rows_of_all() -> None:
    design = Design(12, 4, 3, "strata")
    panel = with_gaps(matrix_of(noisy([0.3, 0.5, 0.5, 0.7, 0.6], design), design), 0.1)
    whole, some = compare(panel).against, compare_rows(panel, np.array([1, 4]))
    for name in ("difference", "error", "df"):
        np.testing.assert_allclose(getattr(some, name), getattr(whole, name)[[1, 4]], rtol=1e-12)


def test_critical_values_of_students_t() -> None:
    quantiles = critical_t(1.959964, np.array([5.0, 9.0, 30.0, 1e6]))
    assert quantiles == pytest.approx([2.5706, 2.2622, 2.0423, 1.9600], abs=2e-4)


def test_the_largest_of_independent_differences_has_tukeys_quantile() -> None:
    """Ten independent equally sure scores: the largest |difference| / error is the studentised range over root 2."""
    influence = np.eye(10)
    difference = np.zeros((10, 10))
    error = np.sqrt(2.0) * (1 - np.eye(10))
    pairs = Pairs.of(tuple("abcdefghij"), np.zeros(10), influence, Block(difference, error, np.ones((10, 10))))
    quantile = max_t(pairs, replicates=19_999).critical(0.95)
    assert quantile == pytest.approx(stats.studentized_range.ppf(0.95, 10, np.inf) / math.sqrt(2), abs=0.03)


def test_a_single_pair_needs_the_two_sided_quantile_and_bonferroni_counts_pairs() -> None:
    pairs = Pairs.of(("a", "b"), np.zeros(2), np.eye(2), Block(np.zeros((2, 2)), 1 - np.eye(2), np.ones((2, 2))))
    assert max_t(pairs, replicates=19_999).critical(0.95) * math.sqrt(0.5) == pytest.approx(1.96, abs=0.03)
    assert bonferroni(pairs) == pytest.approx(1.959964, abs=1e-6)


def test_runs_that_move_together_do_not_raise_the_critical_value() -> None:
    """Two runs that got the same one cluster right, and differ by 3e-7 there, are told from others as before."""
    values = noisy([0.1, 0.2, 0.3, 0.9], Design(45), seed=3)
    alike = np.zeros((2, 45))
    alike[:, 7] = 1.0
    alike[1, 7] -= 3e-7
    pairs = compare(matrix_of(np.concatenate([values, alike]), Design(45)))
    assert max_t(pairs).critical() < 4
    assert rank_sets(pairs, max_t(pairs)).significant[3, :3].all()


def test_rank_sets_count_the_surely_better_and_the_surely_worse() -> None:
    # a beats c and d, b beats d: differences of 3 errors and more are sure where the critical value is 2.5.
    difference = np.array([[0, 1, 3, 6], [-1, 0, 2, 4], [-3, -2, 0, 2], [-6, -4, -2, 0]], dtype=float)
    block = Block(difference, 1 - np.eye(4), np.full((4, 4), 1e9))
    # Sixty clusters: enough that the bootstrap's own quantile holds.
    pairs = Pairs.of(tuple("abcd"), np.array([6.0, 5.0, 3.0, 0.0]), np.zeros((4, 60)), block)
    sets = rank_sets(pairs, MaxT(pairs.runs, np.full(999, 2.5)))
    assert sets.low.tolist() == [1, 1, 2, 3]
    assert sets.high.tolist() == [2, 3, 4, 4]
    assert tiers(pairs.value, sets.significant).tolist() == [1, 1, 2, 2]


def test_a_triple_that_is_not_transitive_gets_the_tiers_that_the_rule_says() -> None:
    """a and b cannot be told apart, b and c neither, a is better than c: {a, b}, then {c}."""
    significant = np.zeros((3, 3), dtype=bool)
    significant[0, 2] = True
    assert tiers(np.array([3.0, 2.0, 1.0]), significant).tolist() == [1, 1, 2]
    # From scores: 60 clusters, the same steps between neighbours, and only two steps are sure.
    rng = np.random.default_rng(4)
    base = rng.random(60) * 0.2 + 0.4
    step = 0.011 + 0.05 * rng.standard_normal(60) * np.array([1.0])
    values = np.stack([base + step, base, base - step[::-1]])
    pairs = compare(matrix_of(values, Design(60)))
    t = pairs.against.difference / np.where(pairs.against.error > 0, pairs.against.error, 1)
    critical = (t[0, 2] + max(t[0, 1], t[1, 2])) / 2
    sets = rank_sets(pairs, MaxT(pairs.runs, np.full(999, critical * 0.95)))
    assert t[0, 2] > max(t[0, 1], t[1, 2])
    assert tiers(pairs.value, sets.significant).tolist() == [1, 1, 2]
    assert list(zip(sets.low.tolist(), sets.high.tolist(), strict=True)) == [(1, 2), (1, 3), (2, 3)]


def test_equal_bests_are_all_the_best() -> None:
    significant = np.zeros((3, 3), dtype=bool)
    significant[1, 2] = True
    for order in ([0, 1, 2], [1, 0, 2]):
        value = np.array([2.0, 2.0, 1.0])[order]
        assert tiers(value, significant[np.ix_(order, order)]).tolist() == [1, 1, 2]


@pytest.mark.parametrize("higher", [True, False])
def test_a_planted_order_is_recovered(higher: bool) -> None:
    levels = [0.2, 0.8, 0.5, 0.35, 0.65]
    design = Design(60, 4, 3, "strata")
    panel = matrix_of(noisy(levels, design), design)
    panel = ScoreMatrix(**{**panel.__dict__, "higher_is_better": higher})
    ranking = rank(compare_all(panel), panel.runs, [])
    order = [5, 1, 3, 4, 2] if higher else [1, 5, 3, 2, 4]
    assert (
        ranking.ranks["tier"].to_list() == ranking.ranks["rank_low"].to_list() == ranking.ranks["rank_high"].to_list() == order
    )


@pytest.mark.parametrize("kind", ["rate", "graded"])
def test_equal_models_are_split_at_most_one_time_in_twenty(kind: str) -> None:
    design = Design(45, 4, 9, "strata")
    split = 0
    for seed in range(200):
        pairs = compare(matrix_of(equal_models(design, 8, 1.0, 1.0, seed, kind), design))
        sets = rank_sets(pairs, max_t(pairs, replicates=399))
        split += bool(sets.significant.any() or tiers(pairs.value, sets.significant).max() > 1)
    # 200 boards at a true 5% give 18 or fewer in 99% of all cases; ranking_coverage.md has the sharp figures.
    assert split <= 18


def test_too_few_clusters_tell_nothing_apart() -> None:
    (panel,) = score_matrices(
        items({"a": [("all", f"c{i}", 1.0) for i in range(3)], "b": [("all", f"c{i}", 0.0) for i in range(3)]}), tasks()
    )
    ranking = rank(compare_all(panel), ["a", "b"], [])
    assert ranking.ranks.select("tier", "rank_low", "rank_high").rows() == [(1, 1, 2), (1, 1, 2)]
    assert ranking.detectable is None


def test_a_model_not_better_than_the_best_control_is_unranked() -> None:
    design = Design(60)
    panel = matrix_of(noisy([0.8, 0.5, 0.51, 0.3], design, noise=0.15), design)
    panel = ScoreMatrix(**{**panel.__dict__, "runs": ("good", "middling", "template", "weak")})
    ranking = rank(compare_all(panel), ["good", "middling"], ["weak", "template"])
    assert ranking.best_control == "template"
    assert ranking.not_better == ("middling",)
    assert ranking.ranks.rows() == [
        ("good", "simulated", 1, 1, 1, None),
        ("middling", "simulated", None, None, None, "template"),
    ]


def as_rows(ranking: TaskRanks) -> list[tuple[object, ...]]:
    return ranking.ranks.rows()


def test_adding_and_removing_runs_is_ranking_anew() -> None:
    design = Design(40, 2)
    values = noisy([0.2, 0.3, 0.32, 0.5, 0.52, 0.7], design)
    panel = with_gaps(matrix_of(values, design), 0.03)
    first = compare_all(panel.select(np.array([0, 2, 3, 5])))
    grown = add_runs(first, panel, [panel.runs[1], panel.runs[4]])
    whole = compare_all(panel)
    np.testing.assert_allclose(grown.pairs.against.error, whole.pairs.against.error, rtol=1e-12)
    np.testing.assert_allclose(grown.max_t.maxima, whole.max_t.maxima, rtol=1e-5)
    assert as_rows(rank(grown, panel.runs, [])) == as_rows(rank(whole, panel.runs, []))
    back = without(grown, [panel.runs[i] for i in (0, 2, 3, 5)])
    np.testing.assert_allclose(back.max_t.maxima, first.max_t.maxima, rtol=1e-5)


def test_pairs_as_a_frame() -> None:
    (panel,) = score_matrices(singles({"a": SLEEP[1], "b": SLEEP[0]}), tasks(lo=None, hi=None))
    rows = pair_frame(compare(panel), ["a", "b", "not there"]).rows(named=True)
    assert [(row["a"], row["b"]) for row in rows] == [("a", "b"), ("b", "a")]
    half = stats.t.ppf(0.975, 5.161) * 0.3890
    assert (rows[0]["low"], rows[0]["high"]) == pytest.approx((1.58 - half, 1.58 + half), abs=1e-3)
    assert rows[0]["probability"] == pytest.approx(1 - rows[1]["probability"])
