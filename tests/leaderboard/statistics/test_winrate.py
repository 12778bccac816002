from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.pairwise.win_rate import RIDGE, Missing, length_controlled

RNG = np.random.default_rng(8)


def test_at_difference_zero_it_is_the_plain_win_rate() -> None:
    result = length_controlled([1, 1, 0.5, 0, 1, 0], np.zeros(6))
    assert result.value == pytest.approx(3.5 / 6)


def test_lengths_that_average_zero_and_do_not_matter_leave_the_win_rate() -> None:
    """Wins are alike at both lengths, so the slope is 0 and the prediction at zero the plain mean, 1/2."""
    result = length_controlled([1, 0, 1, 0], [-1.0, -1.0, 1.0, 1.0])
    assert result.value == pytest.approx(0.5)


def test_the_fit_maximises_the_penalised_likelihood() -> None:
    x = RNG.normal(0.3, 0.5, 80)
    y = RNG.choice([0.0, 0.5, 1.0], 80, p=[0.3, 0.2, 0.5])
    z = (x - x.mean()) / x.std()

    def loss(beta: np.ndarray) -> float:
        eta = beta[0] + beta[1] * z
        return float(np.sum(np.logaddexp(0, eta) - y * eta) + RIDGE / 2 * beta[1] ** 2)

    best = minimize(loss, np.zeros(2), tol=1e-12).x
    expected = 1 / (1 + np.exp(-(best[0] - best[1] * x.mean() / x.std())))
    assert length_controlled(y, x, replicates=10).value == pytest.approx(expected, abs=1e-6)


def test_length_is_taken_out() -> None:
    """Every word helps: replies twice as long win, at equal length this model is even."""
    x = RNG.normal(0.7, 0.7, 4000)
    y = (RNG.random(4000) < 1 / (1 + np.exp(-2 * x))).astype(float)
    result = length_controlled(y, x, replicates=200)
    assert y.mean() > 0.68
    assert result.low is not None
    assert result.high is not None
    assert result.low < 0.5 < result.high
    assert result.high - result.low < 0.08


def test_equal_length_far_from_the_models_own_is_missing_with_its_reason() -> None:
    result = length_controlled([1.0] * 10 + [0.0] * 10, np.linspace(0.5, 2, 20))
    assert (result.value, result.low, result.high, result.reason) == (None, None, None, Missing.LENGTHS_DIFFER)


def test_unscored_speeches_do_not_count() -> None:
    result = length_controlled([1.0, np.nan, 0.0, 1.0], [0.1, 5.0, -0.1, np.nan])
    assert (result.n_clusters, result.value) == (2, pytest.approx(0.5, abs=0.2))
    assert length_controlled([np.nan], [0.0]).reason == Missing.NOTHING_COMPARED


def test_all_won_is_one() -> None:
    result = length_controlled(np.ones(12), np.linspace(-1, 1, 12))
    assert (result.value, result.low, result.high) == (1.0, 1.0, 1.0)


def test_one_win_and_one_difference_a_speech() -> None:
    with pytest.raises(RankingError, match="one of each"):
        length_controlled([1.0, 0.0], [0.0])
