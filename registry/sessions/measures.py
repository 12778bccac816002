"""What a session shows without any judge: how much each side says, and how often the counselor asks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn

WORD = re.compile(r"\w+(?:['’-]\w+)*")
QUESTION = re.compile(r"\?+")


def word_count(text: str) -> int:
    """The number of words; "don't" and "follow-up" are one each."""
    return len(WORD.findall(text))


def measures(transcript: SessionTranscript) -> dict[str, float]:
    """`counselor_turns`, and over these the means `words_a_turn` and `questions_a_turn` (runs of question marks);
    `talk_ratio`: the counselor's share of all words, in [0, 1].

    Without a counselor's turn there is only their number; without a word there is no `talk_ratio`.
    """
    counselor = transcript.counselor_turns()
    shown: dict[str, float] = {"counselor_turns": len(counselor)}
    if not counselor:
        return shown
    spoken, total = _words(counselor), _words(transcript.turns)
    shown["words_a_turn"] = spoken / len(counselor)
    shown["questions_a_turn"] = sum(len(QUESTION.findall(turn.text)) for turn in counselor) / len(counselor)
    return shown | ({"talk_ratio": spoken / total} if total else {})


def _words(turns: Iterable[SessionTurn]) -> int:
    return sum(word_count(turn.text) for turn in turns)
