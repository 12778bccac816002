"""Rates with intervals clustered by case, against hand arithmetic and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from counsel_leaderboard.registry.skills.coder import CodedSentence, CodedText
from counsel_leaderboard.registry.skills.rates import Counts, counts, difference, paired_difference, profile, ratio


def text(*codes: tuple[str, ...], words: str = "a b c") -> CodedText:
    return CodedText(tuple(CodedSentence(words, each, dict.fromkeys(each, 0.9), {}) for each in codes))


TALK = text(("reflection_simple",), ("reflection_complex", "support"), ("open_question",), ("closed_question",), ("warn",), ())


def test_counts_of_one_text() -> None:
    """6 sentences of 3 words: 2 reflect, 1 of them complex, 2 ask, 1 of them openly, 1 warns, from 1 the coder abstains."""
    counted = counts(TALK)
    assert counted["reflection_question_ratio"] == (2, 2)
    assert counted["share_complex"] == (1, 2)
    assert counted["share_open"] == (1, 2)
    assert counted["inconsistent_rate"] == (100, 6)
    assert counted["per_100"] == (500, 6)
    assert counted["per_100_support"] == (100, 6)
    assert counted["words_a_reply"] == (18, 1)
    assert "per_100_confront" not in counted  # below the bar of the exam


def test_what_is_not_there_has_no_rate() -> None:
    assert counts(CodedText(())) == {}
    rates = profile([("a", text(("support",))), ("b", text(("support",)))])
    assert not {"reflection_question_ratio", "share_complex", "share_open"} & set(rates)
    only_reflections = profile([("a", text(("reflection_simple",)))])
    assert "reflection_question_ratio" not in only_reflections  # without a question there is no ratio


def test_a_ratio_and_its_interval_by_hand() -> None:
    """Cases (1, 2), (3, 4), (2, 2): ratio 6 / 8. Residuals -.5, 0, .5; error sqrt(3 / 2 * .5) / 8; t(2, .975) = 4.302653."""
    rate = ratio({"a": [Counts(1, 2)], "b": [Counts(1, 2), Counts(2, 2)], "c": [Counts(2, 2)]})
    assert rate is not None
    assert rate.value == 0.75
    assert rate.error == pytest.approx(np.sqrt(0.75) / 8)
    assert rate.high == pytest.approx(0.75 + 4.302653 * np.sqrt(0.75) / 8, abs=1e-5)
    assert rate.cases == 3


def test_texts_of_one_case_are_one_draw() -> None:
    rate = ratio({"a": [Counts(1, 2), Counts(0, 2)]})
    assert rate is not None
    assert (rate.value, rate.low, rate.high) == (0.25, None, None)


def test_a_difference_needs_two_intervals() -> None:
    first, second = ratio({"a": [Counts(1, 2)], "b": [Counts(2, 2)]}), ratio({"c": [Counts(1, 2)]})
    assert first is not None
    assert second is not None
    assert difference(first, second) is None
    same = difference(first, first)
    assert same is not None
    assert same.value == 0
    assert same.low < 0 < same.high


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["per_100_support", "reflection_question_ratio", "inconsistent_rate", "share_open"])
def test_the_interval_of_the_difference_of_two_halves_holds_zero(metric: str) -> None:
    """120 cases of one model, each with its own leaning and length, cut in half at random 1,500 times: 93 to 97% hold 0."""
    random = np.random.default_rng(19)
    held = []
    for _ in range(1_500):
        cases = [talk(random) for _ in range(120)]
        halves = [profile([(str(number), each) for number, each in enumerate(cases[start : 60 + start])]) for start in (0, 60)]
        gap = difference(halves[0][metric], halves[1][metric])
        assert gap is not None
        held.append(gap.low <= 0 <= gap.high)
    assert 0.93 <= np.mean(held) <= 0.97


KINDS = ("reflection_simple", "open_question", "closed_question", "support", "warn")


def talk(random: np.random.Generator) -> CodedText:
    """A reply of 3 to 9 sentences whose codes lean as its case does."""
    leaning = random.dirichlet([3, 2, 2, 3, 1])
    return text(*[(KINDS[number],) for number in random.choice(5, size=random.integers(3, 10), p=leaning)])


def test_a_paired_difference_by_hand() -> None:
    """Ratios 3 / 4 and 1 / 4 on cases a and b; c is not common. Influences (1 - .75 * 2) / 4 and (2 - .75 * 2) / 4 less
    (0 - .25 * 2) / 4 and (1 - .25 * 2) / 4: -.125 + .125 = 0 and .125 - .125 = 0, so the difference is .5 exactly.
    """
    first = {"a": [Counts(1, 2)], "b": [Counts(1, 1), Counts(1, 1)], "c": [Counts(9, 9)]}
    second = {"a": [Counts(0, 2)], "b": [Counts(1, 2)]}
    apart = paired_difference(first, second)
    assert apart is not None
    assert (apart.value, apart.low, apart.high, apart.cases) == pytest.approx((0.5, 0.5, 0.5, 2))


def test_a_paired_difference_needs_common_cases_with_something_to_count() -> None:
    assert paired_difference({"a": [Counts(1, 2)]}, {"b": [Counts(1, 2)]}) is None
    assert paired_difference({"a": [Counts(1, 2)]}, {"a": [Counts(0, 0)]}) is None
    alone = paired_difference({"a": [Counts(1, 2)]}, {"a": [Counts(0, 2)]})
    assert alone is not None
    assert (alone.value, alone.low) == (0.5, None)


def test_paired_differences_of_equal_groups_hold_zero() -> None:
    """Both groups share each case's own rate, drawn anew 2,000 times with 30 cases of 4 replies: 93 to 97% hold 0."""
    random = np.random.default_rng(7)
    held = 0
    for _ in range(2000):
        base = random.beta(2, 5, 30)
        groups = [
            {str(case): [Counts(float(random.binomial(10, rate)), 10) for _ in range(4)] for case, rate in enumerate(base)}
            for _ in range(2)
        ]
        apart = paired_difference(*groups)
        assert apart is not None
        assert apart.low is not None
        assert apart.high is not None
        held += apart.low <= 0 <= apart.high
    assert 0.93 <= held / 2000 <= 0.97


def test_a_code_that_comes_up_nowhere_is_not_certain_to_come_up_never() -> None:
    """0 of 27 sentences: share 2 / 31, error sqrt(2 / 31 * 29 / 31 / 31); t(2, .975) = 4.302653. With 900 each: little."""
    rate = ratio({case: [Counts(0, 900)] for case in "abc"}, 100.0)
    rare = ratio({case: [Counts(0, 9)] for case in "abc"}, 100.0)
    assert rate is not None
    assert rare is not None
    assert (rare.value, rare.low) == (0, 0)
    assert rare.error == pytest.approx(100 * np.sqrt(2 / 31 * 29 / 31 / 31))
    assert rare.high == pytest.approx(4.302653 * 100 * np.sqrt(2 / 31 * 29 / 31 / 31), abs=1e-4)
    assert rate.high is not None
    assert rate.high < 0.4


def test_a_share_ends_at_its_most() -> None:
    rate = ratio({"a": [Counts(2, 2)], "b": [Counts(1, 2)], "c": [Counts(2, 2)]}, 1.0)
    assert rate is not None
    assert rate.high == 1
    assert ratio({"a": [Counts(2, 2)], "b": [Counts(1, 2)], "c": [Counts(2, 2)]}).high > 1  # type: ignore[union-attr]


def test_few_sentences_widen_a_paired_difference() -> None:
    """Nothing in 20 sentences against nothing in 20: the difference is 0, not for certain."""
    nothing = {case: [Counts(0, 10)] for case in "ab"}
    apart = paired_difference(nothing, nothing, 100.0)
    assert apart is not None
    assert apart.error == pytest.approx(100 * np.sqrt(2 * (2 / 24 * 22 / 24 / 24)))
