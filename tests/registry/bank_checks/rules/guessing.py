"""Rules of the banks: the flawed reply cannot be told by its surface."""

from __future__ import annotations

from typing import Any

from counsel_leaderboard.registry.bank_checks.guessing import Features, Learner, guesses


def the_flawed_reply_is_not_guessable(features: Features, learner: Learner, banks: dict[str, list[dict[str, Any]]]) -> None:
    """At most 60% right, for single texts and for pairs."""
    results = guesses([(row["reference"], row["flawed"]) for row in banks["preference"]], features, learner)
    for guess in results:
        print(guess)
    assert [str(guess) for guess in results if guess.accuracy > 0.6] == []


SINGLE_WORDS: set[Features] = {"length", "punctuation", "words"}


def the_flawed_twin_of_the_judge_exam_is_not_guessable(
    features: Features, learner: Learner, banks: dict[str, list[dict[str, Any]]]
) -> None:
    """At most 60% right on a reply alone, and on twins side by side by length, punctuation or single words.

    Side by side all that twins share falls away, so runs of words tell more there: "I can't" against "I can" is what
    some flaws are. The bank's README gives those figures.
    """
    alone, beside = guesses([(row["sound"], row["flawed"]) for row in banks["judge-exam"]], features, learner)
    print(alone, beside, sep="\n")
    assert alone.accuracy <= 0.6, alone
    assert features not in SINGLE_WORDS or beside.accuracy <= 0.6, beside
