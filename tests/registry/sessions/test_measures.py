"""What a session shows without a judge, by hand."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.sessions.measures import measures, word_count
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn


def transcript(*turns: tuple[str, str]) -> SessionTranscript:
    spoken = tuple(SessionTurn.model_validate({"speaker": side, "text": text, "author": "somebody"}) for side, text in turns)
    return SessionTranscript(session="s", client="recorded", counselor="toy", turns=spoken, ended_by="unknown")


@pytest.mark.parametrize(
    ("text", "words"), [("", 0), ("Don't go - not yet.", 4), ("a follow-up, isn’t it?", 4), ("**Yes** 988 …", 2)]
)
def test_words(text, words):
    assert word_count(text) == words


def test_measures_by_hand():
    given = transcript(
        ("client", "One two three."), ("counselor", "Really?? Why? Yes."), ("client", "Four."), ("counselor", "")
    )  # fmt: skip
    # The counselor says 3 of 7 words in 2 turns and asks 2 questions.
    assert measures(given) == {"counselor_turns": 2, "words_a_turn": 1.5, "questions_a_turn": 1.0, "talk_ratio": 3 / 7}


def test_nothing_is_invented_where_nobody_speaks():
    assert measures(transcript(("client", "One."))) == {"counselor_turns": 0}
    assert measures(transcript(("counselor", ""))) == {"counselor_turns": 1, "words_a_turn": 0.0, "questions_a_turn": 0.0}
