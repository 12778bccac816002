"""What the coder looks at."""

from __future__ import annotations

from counsel_leaderboard.registry.skills.features import features, normalise


def test_what_only_speech_has_is_dropped() -> None:
    assert normalise("Um, so the- the-the kids, uh, they’re 12.") == "so the kids, they're 0."


def test_a_reflection_shares_words_with_the_client_seen_from_the_other_side() -> None:
    shared = features("My sister left, you say.", "My sister left.")
    assert "sshared:2" in shared
    assert "sshared:0" in features("What happened then?", "My sister left.")


def test_a_request_for_advice_is_seen() -> None:
    assert "pasks advice" in features("Try it.", "What should I do?")
    assert "pasks advice" not in features("Try it.", "I did it.")


def test_every_feature_begins_with_its_block() -> None:
    assert {name[0] for name in features("How was it?", "Bad.")} == set("wcps")


def test_no_words_have_no_word_features_and_do_not_fail() -> None:
    assert all(name[0] in "wcs" for name in features("", ""))
