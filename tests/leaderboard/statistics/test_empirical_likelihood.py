from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from counsel_leaderboard.leaderboard.statistics.empirical_likelihood import Pulls, likelihood_limits
from counsel_leaderboard.leaderboard.statistics.intervals import intervals, score
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats
from tests.leaderboard.statistics.frames import items, singles, tasks
from tests.support.simulation import Design, Graded, graded, matrix_of

NORMAL = 1.959963984540054
SHARES = st.floats(0, 1, allow_subnormal=False)


def limits_of(values: list[float], quantile: float = NORMAL) -> tuple[float, float]:
    """Limits of the mean of values between 0 and 1, without the correction for the estimated variance."""
    x = np.array([values])
    mean = x.mean(axis=1)
    pulls = Pulls(x - mean, np.array([float(len(values))]), 1 - mean, mean)
    interval = likelihood_limits(mean, pulls, np.array([quantile]), 0.95)
    return float(interval.low[0]), float(interval.high[0])


def divergence(values: Floats, mean: float, end: float) -> float:
    """n times the least divergence of a distribution on the values and `end` with that mean: the dual's maximum, searched."""
    bound = (1 - 1e-13) / (end - mean)
    interval = optimize.minimize_scalar(
        lambda bet: -np.log1p(-bet * (values - mean)).sum(),
        bounds=sorted((0.0, bound)),
        method="bounded",
        options={"xatol": 1e-13},
    )
    return float(-interval.fun)


def test_shares_have_the_limits_of_the_likelihood_ratio() -> None:
    """With 0 and 1 alone it is the binomial likelihood ratio: 3 of 10 differ from p by 3 ln(.3/p) + 7 ln(.7/(1-p)) = 1.9207."""
    low, high = limits_of([1.0] * 3 + [0.0] * 7)
    for p in (low, high):
        assert 3 * math.log(0.3 / p) + 7 * math.log(0.7 / (1 - p)) == pytest.approx(NORMAL**2 / 2, rel=1e-6)
    assert (low, high) == pytest.approx((0.0846, 0.6065), abs=1e-4)


def test_three_values_by_hand() -> None:
    """0, .5 and 1, five times each: for a > 1, H = 3 / (1/a + 1/(a - .5) + 1/(a - 1)) and the mean is a - H."""
    a = 2.0
    harmonic = 3 / (1 / 2 + 1 / 1.5 + 1)
    allowed = 5 * (math.log(2) + math.log(1.5) + math.log(1)) - 15 * math.log(harmonic)
    # H = 18/13, so the mean is 2 - 18/13 = 8/13; 5 ln 3 - 15 ln(18/13) = .6117.
    assert (harmonic, allowed) == pytest.approx((18 / 13, 0.6117), abs=1e-4)
    low, high = limits_of([0.0, 0.5, 1.0] * 5, math.sqrt(2 * allowed))
    assert (low, high) == pytest.approx((5 / 13, 8 / 13), abs=1e-7)
    assert a - harmonic == pytest.approx(high, abs=1e-7)


def test_clusters_that_are_alike_leave_room_for_three_in_n() -> None:
    """All twenty at .2: up to 1 - .05^(1/20) = 13.9% could lie at 1, or at 0."""
    unseen = 1 - 0.05 ** (1 / 20)
    assert unseen == pytest.approx(0.1391, abs=1e-4)
    assert limits_of([0.2] * 20) == pytest.approx((0.2 - unseen * 0.2, 0.2 + unseen * 0.8), abs=1e-9)


@pytest.mark.parametrize("mean", [0.05, 0.5])
def test_limits_solve_the_dual_problem(mean: float) -> None:
    """The other way round: the bet on a mean at the limit that pays most has paid as much as is allowed."""
    for values in graded(np.ones(25, dtype=np.int64), mean, 0.6, 6, 4, "smooth"):
        average = values.mean()
        for limit, end in zip(limits_of(values.tolist(), 2.0), (0.0, 1.0), strict=True):
            farthest = (1 - 1e-12) / (end - average)
            inverse = 1 / (1 - farthest * (values - average))
            at_end = len(values) * np.log(inverse.mean()) - np.log(inverse).sum()
            share = min(at_end / 2.0, 1.0)
            allowed = 2.0 if share == 1 else 2.0 * share + (1 - share) * -math.log(0.05)
            assert divergence(values, limit, end) == pytest.approx(allowed, rel=1e-5)


@given(st.lists(SHARES, min_size=5, max_size=30))
@settings(max_examples=60, deadline=None)
def test_an_interval_lies_in_the_range_holds_the_score_and_turns_with_the_scale(values: list[float]) -> None:
    interval = intervals(
        items(
            {
                "r": [("all", f"c{i}", v) for i, v in enumerate(values)],
                "turned": [("all", f"c{i}", 1 - v) for i, v in enumerate(values)],
            }
        ),
        tasks(),
    )
    (cell, turned) = interval.sort("run_id").to_dicts()
    assert 0 <= cell["low"] <= cell["value"] + 1e-12
    assert cell["value"] - 1e-12 <= cell["high"] <= 1
    if cell["method"] == turned["method"] == "likelihood":
        assert (turned["low"], turned["high"]) == pytest.approx((1 - cell["high"], 1 - cell["low"]), abs=1e-6)


@given(st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=5, max_size=12))
@settings(max_examples=60, deadline=None)
def test_fewer_clusters_are_wider(values: list[float]) -> None:
    fewer, more = limits_of(values), limits_of(values * 2)
    assert fewer[0] <= more[0] + 1e-7
    assert fewer[1] >= more[1] - 1e-7


def test_the_scale_of_the_range_does_not_matter() -> None:
    values = graded(np.ones(20, dtype=np.int64), 0.1, 0.5, 30, 8, "smooth")
    unit = score(matrix_of(values, Design(20))).limits
    wide = score(matrix_of(200 * values - 100, Design(20), -100.0, 100.0)).limits
    np.testing.assert_allclose(wide.low, 200 * unit.low - 100, atol=1e-5)
    np.testing.assert_allclose(wide.high, 200 * unit.high - 100, atol=1e-5)


def test_a_run_does_not_depend_on_those_beside_it() -> None:
    values = graded(np.full(15, 4), 0.2, 0.7, 40, 9, "half points")
    whole, alone = score(matrix_of(values, Design(15, 4))).limits, score(matrix_of(values[7:8], Design(15, 4))).limits
    assert (whole.low[7], whole.high[7]) == (alone.low[0], alone.high[0])


def test_strata_do_not_count_as_spread() -> None:
    """Two strata with means .2 and .8: the interval is that of clusters spread around their own stratum's mean."""
    spread = [-0.15, -0.05, 0.0, 0.05, 0.15] * 12
    apart = [("A", f"a{i}", 0.2 + d) for i, d in enumerate(spread)] + [("B", f"b{i}", 0.8 + d) for i, d in enumerate(spread)]
    mixed = [("all", cluster, value) for _, cluster, value in apart]
    strata = intervals(items({"r": apart}), tasks("strata")).row(0, named=True)
    cell = intervals(items({"r": mixed}), tasks("clusters")).row(0, named=True)
    assert strata["method"] == cell["method"] == "likelihood"
    assert strata["high"] - strata["low"] < 0.75 * (cell["high"] - cell["low"])


def test_items_missing_from_a_run_leave_its_other_clusters() -> None:
    values = [0.1, 0.3, 0.2, 0.4, 0.25, 0.35]
    gaps = intervals(singles({"r": [*values, None, None], "s": [*values, 0.5, 0.6]}), tasks()).row(0, named=True)
    only = intervals(singles({"r": values}), tasks()).row(0, named=True)
    assert (gaps["low"], gaps["high"], gaps["n_clusters"]) == (pytest.approx(only["low"]), pytest.approx(only["high"]), 6)


@pytest.mark.parametrize(
    ("design", "mean", "correlation", "kind"),
    [
        (Design(20, 6), 0.05, 0.8, "smooth"),  # Student's t on the logit: 83%
        (Design(20, 1), 0.05, 0.6, "smooth"),
        (Design(45, 1), 0.95, 0.95, "smooth"),
        (Design(20, 1), 0.9, 0.3, "half points"),
        (Design(45, 6), 0.1, 0.1, "rare"),
        (Design(10, 1), 0.2, 0.1, "rare"),
    ],
)
def test_a_few_cells_of_the_grid_hold(design: Design, mean: float, correlation: float, kind: Graded) -> None:
    """Seeded cells of benchmarks/results/skewed_coverage.md."""
    sizes = np.full(design.clusters, design.size)
    interval = score(matrix_of(graded(sizes, mean, correlation, 1000, 5, kind), design))
    held = float(np.mean((interval.limits.low <= mean) & (interval.limits.high >= mean)))
    assert held >= 0.92
    assert held >= 0.95 or not np.mean(interval.conservative) > 0.5
