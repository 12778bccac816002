"""SUDS series do what their arc label says, and numbers that clients state are the labels."""

from __future__ import annotations

from typing import Any

import pytest

from tests.registry.bank_checks.rules import arcs as rules
from tests.support.bank_checks.arcs import SHAPES, faults, numbers

Series = dict[str, list[int]]
# One hand-made series for each label; the tests below break one promise at a time.
FITS: dict[str, Series] = {
    "classic": {"P5": [40, 45], "P6": [50, 60], "P7": [65, 70], "P8": [70, 75], "P10": [80, 90, 70], "P11": [60, 45]},
    "late_peak": {"P5": [30, 35], "P6": [35, 40], "P7": [40, 50], "P8": [50, 60], "P10": [60, 75, 90, 85], "P11": [70, 40]},
    "plateau": {"P5": [50, 60], "P6": [65, 70], "P7": [70, 75], "P8": [75, 80], "P10": [80, 85, 80], "P11": [75, 60]},
    "setback": {"P5": [40, 45], "P6": [50, 55], "P7": [60, 65], "P8": [70, 65], "P10": [80, 70, 60], "P11": [55, 80, 60]},
    "partial_response": {"P5": [50], "P6": [60], "P7": [70], "P8": [80], "P10": [80, 90, 85], "P11": [80, 70]},
}


def test_no_body_words_where_there_are_none(banks: dict[str, list[dict[str, Any]]]) -> None:
    rules.no_body_words_where_there_are_none(banks)


def test_arcs_have_the_shape_of_their_label(banks: dict[str, list[dict[str, Any]]]) -> None:
    rules.arcs_have_the_shape_of_their_label(banks)


def test_stated_numbers_are_the_labels(banks: dict[str, list[dict[str, Any]]]) -> None:
    rules.stated_numbers_are_the_labels(banks)


def test_some_turns_state_a_number_and_most_do_not(banks: dict[str, list[dict[str, Any]]]) -> None:
    rules.some_turns_state_a_number_and_most_do_not(banks)


def test_distress_is_no_straight_line(banks: dict[str, list[dict[str, Any]]]) -> None:
    rules.distress_is_no_straight_line(banks)


@pytest.mark.parametrize("arc", SHAPES)
def test_a_fitting_series_has_no_fault(arc: str) -> None:
    assert faults(arc, FITS[arc]) == []


@pytest.mark.parametrize(
    ("arc", "change", "says"),
    [
        ("classic", {"P8": [70, 95]}, "must lie in P10"),
        ("classic", {"P10": [70, 80, 90]}, "10 or more below"),
        ("classic", {"P11": [60, 46]}, "half the peak"),
        ("late_peak", {"P10": [90, 75, 70, 72]}, "second half"),
        ("late_peak", {"P7": [40, 76]}, "15 or more below"),
        ("late_peak", {"P11": [80, 85]}, "below the end of P10"),
        ("plateau", {"P8": [64, 80]}, "within 20 points"),
        ("plateau", {"P11": [75, 49]}, "within 35 points"),
        ("setback", {"P10": [80, 70, 66], "P11": [66, 90, 60]}, "first ease"),
        ("setback", {"P11": [55, 74, 60]}, "climb 20"),
        ("setback", {"P11": [55, 70, 80]}, "not end at its highest"),
        ("partial_response", {"P8": [95]}, "must lie in P10"),
        ("partial_response", {"P11": [80, 49]}, "10 to 40 below"),
        ("partial_response", {"P11": [85, 81]}, "10 to 40 below"),
    ],
)
def test_a_broken_promise_is_named(arc: str, change: Series, says: str) -> None:
    (fault,) = faults(arc, FITS[arc] | change)
    assert says in fault


def test_an_unknown_label_is_a_fault() -> None:
    assert "no shape is defined for arc 'zigzag'" in faults("zigzag", FITS["classic"])[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("About 45. No, fifty-five.", [45, 55]),
        ("Ninety, or ninety five", [90, 95]),
        ("a hundred", [100]),
        ("It was nought then, six now", [0, 6]),
        ("Someone attended the tenth often", []),
        ("Seventeen", [17]),
    ],
)
def test_numbers_are_read_in_figures_and_words(text: str, expected: list[int]) -> None:
    assert numbers(text) == expected
