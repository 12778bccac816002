"""Rules of the banks: the flawed reply cannot be told by its surface."""

from __future__ import annotations

from typing import Any

from counsel_leaderboard.registry.bank_checks.guessing import Features, Learner, guesses
from counsel_leaderboard.registry.bank_checks.rows import RANK_KINDS


def the_flawed_reply_is_not_guessable(features: Features, learner: Learner, banks: dict[str, list[dict[str, Any]]]) -> None:
    """At most 60% right, for single texts and for pairs."""
    _at_chance([(row["reference"], row["flawed"]) for row in banks["preference"]], features, learner)


def the_flawed_reply_of_rank_is_not_guessable(
    features: Features, learner: Learner, banks: dict[str, list[dict[str, Any]]]
) -> None:
    """At most 60% right, for single texts and for pairs; two sound replies have nothing to guess."""
    pairs = [(row["reference"], row["other"]) for row in banks["rank"] if row["kind"] != RANK_KINDS[-1]]
    _at_chance(pairs, features, learner)


def _at_chance(pairs: list[tuple[str, str]], features: Features, learner: Learner) -> None:
    results = guesses(pairs, features, learner)
    for guess in results:
        print(guess)
    assert [str(guess) for guess in results if guess.accuracy > 0.6] == []


def the_flawed_twin_of_the_judge_exam_is_not_guessable(
    features: Features, learner: Learner, banks: dict[str, list[dict[str, Any]]]
) -> None:
    """At most 60% right, for single texts and for twins side by side, where all that twins share falls away."""
    _at_chance([(row["sound"], row["flawed"]) for row in banks["judge-exam"]], features, learner)


def the_flawed_reply_of_response_is_not_guessable(
    features: Features, learner: Learner, banks: dict[str, list[dict[str, Any]]]
) -> None:
    """At most 60% right, for single texts and for pairs."""
    _at_chance([(row["reference"], row["flawed"]) for row in banks["response"]], features, learner)
