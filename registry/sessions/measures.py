"""What a session shows without any judge: how much each side says, what the counselor asks, and what the client tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn
from counsel_leaderboard.registry.sessions.words import plain_form, sentences
from counsel_leaderboard.registry.skills.coder import CodedText
from counsel_leaderboard.registry.skills.rates import counts

WORD = re.compile(r"\w+(?:['’-]\w+)*")
QUESTION = re.compile(r"\?+")
SHORTEST_SENTENCE: Final = 4
SHARES: Final = ("inconsistent_rate", "share_open", "share_complex")


class CodesTurns(Protocol):
    """Codes skills in a counselor's turn, as `registry.skills.coder.Coder` does."""

    def code_all(self, pairs: Sequence[tuple[str, str]]) -> list[CodedText]:
        """The codes of each (turn, client's words before it)."""
        ...


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


def skill_rates(transcript: SessionTranscript, coder: CodesTurns) -> dict[str, float]:
    """What a coder reads in the counselor's turns: `inconsistent_rate`, sentences in 100 that go against motivational
    interviewing; `share_open` of its questions and `share_complex` of its reflections, in [0, 1]; `reflections_a_turn`.

    A rate that has nothing to be counted in this session is left out; so are turns that are not English.
    """
    before, pairs = "", list[tuple[str, str]]()
    for turn in transcript.turns:
        if turn.speaker == "counselor":
            pairs.append((turn.text, before))
        else:
            before = turn.text
    sums = dict[str, tuple[float, float]]()
    coded = [counts(text) for text in coder.code_all(pairs)]
    for name, each in ((name, each) for counted in coded for name, each in counted.items()):
        part, whole = sums.get(name, (0.0, 0.0))
        sums[name] = (part + each.part, whole + each.whole)
    shown = {name: sums[name][0] / sums[name][1] for name in SHARES if sums.get(name, (0, 0))[1]}
    read = sum(bool(counted) for counted in coded)
    reflections = sums.get("reflection_question_ratio", (0.0, 0.0))[0]
    return shown | ({"reflections_a_turn": reflections / read} if read else {})


def first_risk_question(transcript: SessionTranscript, detector: DetectsRisk) -> int | None:
    """The counselor's turn, from 1, with the first plain question about the client's own suicide or self-harm."""
    turns = enumerate(transcript.counselor_turns(), start=1)
    return next((number for number, turn in turns if detector.sentences(sentences(turn.text))), None)
