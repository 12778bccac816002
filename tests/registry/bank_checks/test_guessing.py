"""The flawed reply cannot be told by its surface (length, punctuation, words, word pairs, characters); and the attacks work."""

from __future__ import annotations

import random
from typing import Any

import pytest

from counsel_leaderboard.registry.bank_checks.guessing import ATTACKS, Features, Learner, guesses, wilson_upper
from tests.registry.bank_checks.rules import guessing as rules

WORDS = [
    "quiet",
    "morning",
    "walk",
    "friend",
    "slow",
    "water",
    "long",
    "talk",
    "about",
    "work",
    "family",
    "rest",
    "home",
    "plans",
]


def made_up(pairs: int, seed: int = 5) -> list[tuple[str, str]]:
    """Replies of random words in which nothing tells the two apart."""
    dice = random.Random(seed)
    return [(" ".join(dice.choices(WORDS, k=30)) + ".", " ".join(dice.choices(WORDS, k=30)) + ".") for _ in range(pairs)]


# The one attack that takes half a minute; the `slow` stage runs where a bank changed.
LONG = ("characters", "logistic")
SLOW_TOO = [pytest.param(*attack, marks=[pytest.mark.slow] * (attack == LONG)) for attack in ATTACKS]
BY_WORDS = [pytest.param(*attack, marks=[pytest.mark.slow] * (attack[0] not in ("length", "words"))) for attack in ATTACKS]


@pytest.mark.parametrize(("features", "learner"), SLOW_TOO)
def test_the_flawed_reply_is_not_guessable(
    features: Features, learner: Learner, banks: dict[str, list[dict[str, Any]]]
) -> None:
    rules.the_flawed_reply_is_not_guessable(features, learner, banks)


@pytest.mark.parametrize(("features", "learner"), SLOW_TOO)
def test_the_flawed_twin_of_the_judge_exam_is_not_guessable(
    features: Features, learner: Learner, banks: dict[str, list[dict[str, Any]]]
) -> None:
    rules.the_flawed_twin_of_the_judge_exam_is_not_guessable(features, learner, banks)


@pytest.mark.parametrize(("features", "learner"), SLOW_TOO)
def test_the_flawed_reply_of_rank_is_not_guessable(
    features: Features, learner: Learner, banks: dict[str, list[dict[str, Any]]]
) -> None:
    rules.the_flawed_reply_of_rank_is_not_guessable(features, learner, banks)


@pytest.mark.parametrize(("features", "learner"), SLOW_TOO)
def test_the_flawed_reply_of_response_is_not_guessable(
    features: Features, learner: Learner, banks: dict[str, list[dict[str, Any]]]
) -> None:
    rules.the_flawed_reply_of_response_is_not_guessable(features, learner, banks)


TELLS: dict[Features, str] = {
    "length": " and so on and so on",
    "punctuation": " !",
    "words": " should",
    "word pairs": " so far",
    "characters": "ish",
}


@pytest.mark.parametrize(("features", "learner"), BY_WORDS)
def test_a_tell_is_found(features: Features, learner: Learner) -> None:
    pairs = [(good, bad.removesuffix(".") + TELLS[features]) for good, bad in made_up(60)]
    text, pair = guesses(pairs, features, learner)
    assert pair.accuracy > 0.9
    assert text.accuracy > 0.6


@pytest.mark.parametrize(("features", "learner"), BY_WORDS)
def test_without_a_tell_the_guess_is_near_chance(features: Features, learner: Learner) -> None:
    """120 pairs of chance: the standard error of a share is .046, so within .15 of one half is more than three of them."""
    for guess in guesses(made_up(120), features, learner):
        assert abs(guess.accuracy - 0.5) < 0.15


@pytest.mark.parametrize("learner", ["logistic", "bayes"])
def test_equal_replies_count_half(learner: Learner) -> None:
    same = [(good, good) for good, _ in made_up(30)]
    assert [guess.accuracy for guess in guesses(same, "words", learner)][1] == 0.5


def test_wilson_upper_bound() -> None:
    """k=72 of n=120 (.6), z=1.959964: (.6 + .016006 + 1.959964 * sqrt(.002 + .0000667)) / 1.032012 = .6834."""
    assert wilson_upper(0.6, 120) == pytest.approx(0.6832, abs=2e-4)
