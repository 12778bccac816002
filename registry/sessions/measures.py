"""What a session shows without any judge: how much each side says, what the counselor asks, and what the client tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn
from counsel_leaderboard.registry.sessions.words import plain_form, sentences

WORD = re.compile(r"\w+(?:['’-]\w+)*")
QUESTION = re.compile(r"\?+")
SHORTEST_SENTENCE: Final = 4


class DetectsRisk(Protocol):
    """Recognizes plain questions about suicide, as `registry.sessions.reading.risk_questions.RiskDetector` does."""

    def sentences(self, parts: Sequence[str]) -> Sequence[str]:
        """Those of a turn's sentences that are such a question."""
        ...


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


def client_measures(transcript: SessionTranscript, card: HybridClient | LedClient) -> dict[str, float]:
    """What a session shows of its client: `ended_by_client` (0 or 1), and of a hybrid client `hidden_disclosed`, the share of
    its hidden facts that it told, in [0, 1].
    """
    shown: dict[str, float] = {"ended_by_client": float(transcript.ended_by == "client")}
    if isinstance(card, HybridClient):
        hidden = {fact.id for fact in card.facts if fact.hidden}
        shown["hidden_disclosed"] = len(hidden & {disclosure.fact for disclosure in transcript.disclosed}) / len(hidden)
    return shown


def repeated_sentences(transcript: SessionTranscript) -> float | None:
    """The share of the counselor's sentences that the counselor has said before, in [0, 1]; None without a sentence.

    Sentences of fewer than four words, such as "I see.", do not count.
    """
    spoken = [plain_form(part) for turn in transcript.counselor_turns() for part in sentences(turn.text)]
    counted = [part for part in spoken if len(part.split()) >= SHORTEST_SENTENCE]
    return 1 - len(set(counted)) / len(counted) if counted else None


def first_risk_question(transcript: SessionTranscript, detector: DetectsRisk) -> int | None:
    """The counselor's turn, from 1, with the first plain question about the client's own suicide or self-harm."""
    turns = enumerate(transcript.counselor_turns(), start=1)
    return next((number for number, turn in turns if detector.sentences(sentences(turn.text))), None)
