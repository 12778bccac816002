from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.paired import compare
from counsel_leaderboard.leaderboard.statistics.power import (
    PowerDesign,
    clusters_needed,
    detectable,
    items_needed,
    rate_sd,
    t_power,
)
from counsel_leaderboard.leaderboard.statistics.question_intervals import question_intervals
from counsel_leaderboard.leaderboard.statistics.ranking.rank_sets import max_t
from tests.support.simulation import Design, equal_models, matrix_of


# Cohen, Statistical Power Analysis (1988), as G*Power gives it for a paired t test, two-sided .05, power .8: d .2, .5 and .8.
@pytest.mark.parametrize(("effect", "n"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_pairs_needed_are_the_textbooks(effect: float, n: int) -> None:
    # Two runs with correlation 1/2: the difference has the standard deviation of one of them.
    assert clusters_needed(effect, PowerDesign(sd=1.0, between=0.5)) == n
    assert t_power(effect, n) >= 0.8 > t_power(effect, n - 1)


def test_items_of_one_cluster_repeat_each_other() -> None:
    """With correlation 1 inside clusters a cluster of six is one item; with 0 it is six."""
    clusters = clusters_needed(0.2, PowerDesign(rate_sd(0.5)))
    assert clusters_needed(0.2, PowerDesign(rate_sd(0.5), within=1.0, size=6)) == clusters
    many = clusters_needed(0.03, PowerDesign(rate_sd(0.5)))
    assert items_needed(0.03, PowerDesign(rate_sd(0.5), within=0.0, size=6)) == pytest.approx(many, rel=0.01)


def test_a_difference_of_nothing_is_refused() -> None:
    with pytest.raises(RankingError, match="difference of 0"):
        items_needed(0.0, PowerDesign(0.5))


def test_what_a_board_can_tell_apart() -> None:
    design = Design(80)
    pairs = compare(matrix_of(equal_models(design, 6, 1.0, 1.0, seed=2), design))
    critical = max_t(pairs).critical()
    smallest = detectable(pairs, critical)
    assert smallest is not None
    # Median error of about root(2 * .15 / 80) = .06, critical value about 2.9, and .84 for the power.
    errors = pairs.against.error[np.triu_indices(6, 1)]
    assert smallest == pytest.approx((critical + 0.8416) * np.median(errors), rel=1e-3)


def answers(values: np.ndarray) -> pl.DataFrame:
    """clusters x questions of one run."""
    rows = [("r", f"v{i}", f"q{j}", float(values[i, j])) for i in range(values.shape[0]) for j in range(values.shape[1])]
    return pl.DataFrame(rows, schema=["run_id", "cluster", "facet", "value"], orient="row")


def test_two_way_variance_by_hand() -> None:
    """Vignettes do not differ, six questions have shares 0 to 1: only the questions carry uncertainty."""
    shares = np.array([0.2, 0.4, 0.6, 0.8, 0.3, 0.7])
    row = question_intervals(answers(np.tile(shares, (4, 1)))).row(0, named=True)
    # Mean .5; variance of the mean over questions: sum of squares .28 / 5 / 6 = .0093333. t(5) = 2.570582; logit half width
    # 2.570582 * .0966092 / .25 = .993366, limits 1/(1+e^.993366) = .270247.
    assert row["n_facets"] == 6
    assert (row["value"], row["low"], row["high"]) == pytest.approx((0.5, 0.270247, 0.729753), abs=2e-6)


def test_one_question_or_a_constant_has_no_wider_interval() -> None:
    row = question_intervals(answers(np.array([[0.0], [1.0]]))).row(0, named=True)
    constant = question_intervals(answers(np.ones((3, 3)))).row(0, named=True)
    assert (row["low"], row["high"], constant["low"], constant["high"]) == (None, None, None, None)


def test_it_holds_for_other_questions() -> None:
    """Six questions drawn anew each time, sd .15 between them: the narrow interval would miss, the wide one holds."""
    rng = np.random.default_rng(0)
    parts = []
    for board in range(300):
        chance = 0.5 + 0.15 * rng.standard_normal(6) + 0.1 * rng.standard_normal((18, 1))
        table = answers((rng.random((18, 6)) < chance).astype(float))
        parts.append(table.with_columns(run_id=pl.lit(f"b{board}")))
    facets = question_intervals(pl.concat(parts))
    held = facets.select(((pl.col("low") <= 0.5) & (pl.col("high") >= 0.5)).mean()).item()
    assert held >= 0.92


def test_columns_are_named() -> None:
    with pytest.raises(RankingError, match="lack facet"):
        question_intervals(pl.DataFrame({"run_id": ["r"], "cluster": ["c"], "value": [1.0]}))
