"""What a session shows without a judge, by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from counsel_leaderboard.registry.sessions.measures import measures, skill_rates, word_count
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn
from counsel_leaderboard.registry.skills.coder import CodedSentence, CodedText


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


class CodesByWord:
    """Two codes by one word each; remembers what it was given."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def code_all(self, pairs: Sequence[tuple[str, str]]) -> list[CodedText]:
        self.pairs += pairs
        return [CodedText(tuple(self._sentence(part) for part in text.split(". "))) for text, _ in pairs]

    def _sentence(self, part: str) -> CodedSentence:
        words = {"what": "open_question", "did": "closed_question", "deep": "reflection_complex", "echo": "reflection_simple"}
        code = words.get(part.split()[0].lower(), "") if part else ""
        return CodedSentence(part, (code,) if code else (), {}, {"other": 1.0})


def test_skill_rates_by_hand():
    given = transcript(
        ("client", "One."), ("counselor", "Deep one. Echo two. What now"),
        ("client", "Two."), ("counselor", "Did it. Did they. Hm"),
    )  # fmt: skip
    coder = CodesByWord()
    rates = skill_rates(given, coder)
    assert coder.pairs == [("Deep one. Echo two. What now", "One."), ("Did it. Did they. Hm", "Two.")]
    assert rates == {"inconsistent_rate": 0.0, "share_open": 1 / 3, "share_complex": 0.5, "reflections_a_turn": 1.0}


def test_a_counselor_who_never_speaks_has_no_skill_rates():
    assert skill_rates(transcript(("client", "One.")), CodesByWord()) == {}
