"""How a client's trust moves with what the counselor does. A good turn is worth about 1."""

from __future__ import annotations

from typing import Final, Literal

from counsel_leaderboard.registry.sessions.client_card import ClientStance
from counsel_leaderboard.registry.sessions.reading.counselor_acts import CounselorActs

REFLECTION: Final = 0.7
OPEN_QUESTION: Final = 0.35
FIRST_ADVICE: Final = 0.3
MORE_ADVICE: Final = 0.15
MOST_ADVICE: Final = 0.6
ODD: Final = 0.3
LOWEST: Final = -3.0
HIGHEST: Final = 6.0
CAUTIOUS_AT: Final = 1.0
MANY_QUESTIONS: Final = 3

StanceName = Literal["guarded", "cautious", "open"]


def moved(trust: float, acts: CounselorActs, stance: ClientStance, *, on_topic: bool, stock: bool) -> float:
    """Trust after a turn. on_topic: its last question is about something open; stock: that question is one for anybody."""
    if acts.odd is not None:
        return _bounded(trust - ODD * stance.loss)
    gained = REFLECTION if acts.reflections else 0.0
    if acts.questions and acts.questions[-1].open and on_topic and not stock and not acts.prompt:
        gained += OPEN_QUESTION
    if acts.listed or len(acts.questions) >= MANY_QUESTIONS:
        gained /= 2
    lost = 0.0
    if acts.advice:
        gained /= 4
        lost = min(MOST_ADVICE, FIRST_ADVICE + MORE_ADVICE * (acts.advice - 1))
    return _bounded(trust + gained * stance.gain - lost * stance.loss)


def stance_at(trust: float, stance: ClientStance) -> StanceName:
    """Which of its three stances a client takes."""
    if trust >= stance.open_at:
        return "open"
    return "cautious" if trust >= CAUTIOUS_AT else "guarded"


def _bounded(trust: float) -> float:
    return round(min(HIGHEST, max(LOWEST, trust)), 4)
