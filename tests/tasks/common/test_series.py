"""Series metrics against known answers."""

from __future__ import annotations

import pytest

from counsel_leaderboard.tasks.common import series

LINE = [0.0, 10.0, 20.0, 30.0]


def test_dtw_of_the_protocol():
    """[0,10,20,30] against [5,25,20,30]: cells 5 + 5 + 5 + 0 + 0 = 15 on a path of 5 cells."""
    assert series.dtw(LINE, [5, 25, 20, 30]) == 3.0


def test_identical_series():
    assert (series.ccc(LINE, LINE), series.pearson(LINE, LINE)) == (pytest.approx(1), pytest.approx(1))
    assert (series.dtw(LINE, LINE), series.rmse(LINE, LINE)) == (0, 0)


def test_shifted_series():
    """Shift 10, variance 125: r 1, RMSE 10, ccc 2 * 125 / (125 + 125 + 100) = 250/350."""
    shifted = [value + 10 for value in LINE]
    assert series.pearson(shifted, LINE) == pytest.approx(1)
    assert series.rmse(shifted, LINE) == pytest.approx(10)
    assert series.ccc(shifted, LINE) == pytest.approx(250 / 350)


def test_reversed_line():
    assert series.pearson(LINE[::-1], LINE) == pytest.approx(-1)
    assert series.ccc(LINE[::-1], LINE) == pytest.approx(-1)


def test_constant_prediction():
    """It follows nothing: concordance 0, no Pearson."""
    assert series.ccc([50] * 4, LINE) == 0
    assert series.pearson([50] * 4, LINE) is None
    assert series.pearson(LINE, [50] * 4) is None
    assert series.ccc([50] * 4, [50] * 4) is None


def test_delay_costs_dtw_little():
    """Delayed by one step: DTW far below RMSE."""
    wave = [0, 0, 10, 60, 90, 60, 10, 0, 0, 0]
    late = [0, *wave[:-1]]
    assert series.dtw(late, wave) == 0
    assert series.rmse(late, wave) > 20


def test_correlation_beyond_what_is_known_by_hand():
    """r(x, y) .8, r(x, known) .8, r(y, known) .6: (.8 - .8 * .6) / (.6 * .8) = 2/3."""
    known, y, x = [1, 2, 3, 4], [2, 1, 4, 3], [2, 1, 3, 4]
    assert series.correlation_beyond(x, y, known) == pytest.approx(2 / 3)
    assert series.correlation_beyond(known, y, known) == 0
    assert series.correlation_beyond([5, 5, 5, 5], y, known) == 0
    assert series.correlation_beyond([1.2, 1.9, 3, 4], y, known, 1.0) == 0  # rounding
    assert series.correlation_beyond([1.2, 1.9, 3, 4], y, known) != 0
    assert series.correlation_beyond(x, [2 * number for number in known], known) is None
