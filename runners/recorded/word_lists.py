"""The list of words for a plain question about suicide beside what clinicians said of the same published sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from counsel_leaderboard.leaderboard.judges import word_agreement
from counsel_leaderboard.leaderboard.judges.word_agreement import WordAgreement, WordVerdict
from counsel_leaderboard.registry.embeddings.minilm import MissingEmbeddingError, minilm
from counsel_leaderboard.registry.recorded.rated_sessions import rated_at_risk
from counsel_leaderboard.registry.recorded.schema import RecordedSource
from counsel_leaderboard.registry.recorded.sessions.ratings import NOT_RELEVANT, SessionRating
from counsel_leaderboard.registry.recorded.sessions.record import HARM
from counsel_leaderboard.registry.sessions.reading.act_words import risk_question
from counsel_leaderboard.registry.sessions.reading.risk_questions import RiskDetector

ACT: Final = "asks-suicide"
DIMENSION: Final = "confirms"
MADE_WITH: Final = "even ids, with which the list was made"
OTHER: Final = "odd ids, which played no part in it"


def agreement(source: RecordedSource, ratings: Sequence[SessionRating]) -> WordAgreement | None:
    """The list beside the clinicians, on the rated sessions of personas at risk; sessions that cannot be had do not count.

    An even last digit of its id puts a session into the half with which the list was made. None without the embedding model.
    """
    try:
        detector = RiskDetector(minilm())
    except MissingEmbeddingError:
        return None
    asked = {
        session.id: any(risk_question(turn.text, detector) for turn in session.transcript.counselor_turns())
        for _, session in rated_at_risk(source)
    }
    verdicts = [
        WordVerdict(session=rating.session, words=asked[rating.session], person=rating.levels[DIMENSION] != HARM)
        for rating in ratings
        if rating.clinician and rating.session in asked and rating.levels[DIMENSION] != NOT_RELEVANT
    ]
    halves = [[verdict for verdict in verdicts if int(verdict.session, 16) % 2 == odd] for odd in (0, 1)]
    return WordAgreement(
        act=ACT,
        dimension=DIMENSION,
        made_with=word_agreement.half(MADE_WITH, halves[0]),
        other=word_agreement.half(OTHER, halves[1]),
    )
