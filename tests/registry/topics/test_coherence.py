"""c_v and topic diversity against values by hand."""

from __future__ import annotations

import math

import pytest

from counsel_leaderboard.registry.topics.coherence import c_v, diversity


def test_words_that_always_occur_together_are_fully_coherent() -> None:
    # p(a) = p(b) = p(a, b) = 1/2, so every NPMI is 1 and all vectors are alike.
    assert c_v([["a", "b"]], [["a", "b"], ["c", "d"]]) == pytest.approx(1.0)


def test_two_words_of_one_window_in_four() -> None:
    """p(a) = p(b) = 1/2, p(a, b) = 1/4: independent, NPMI 0.

    The vectors are (1, 0) and (0, 1), their sum (1, 1), the cosine of each with it 1/sqrt 2.
    """
    assert c_v([["a", "b"]], [["a", "b"], ["a"], ["b"], ["c"]]) == pytest.approx(1 / math.sqrt(2), abs=1e-6)


def test_a_word_that_no_text_has_counts_zero() -> None:
    # "a" alone has cosine 1 with the sum, "z" has no vector: mean 1/2.
    assert c_v([["a", "z"]], [["a"], ["c"]]) == pytest.approx(0.5)


def test_the_window_slides() -> None:
    # "a b c" in windows of two words: a b, b c. a and c never meet, b meets both.
    together = c_v([["a", "b"]], [["a", "b", "c"]], window=2)
    assert c_v([["a", "c"]], [["a", "b", "c"]], window=2) < together


def test_without_topics_there_is_no_value() -> None:
    assert math.isnan(c_v([], [["a"]]))
    assert math.isnan(diversity([]))


def test_diversity_is_the_share_of_different_words() -> None:
    assert diversity([["a", "b"], ["a", "c"]]) == 0.75
