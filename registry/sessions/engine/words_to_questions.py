"""What a client-led side says to a question before the turn that is due, where that turn does not answer it.

A side about CBT gives a mild answer that nearly anybody could give, and a few words that lead on to the turn. A side about
danger agrees to nothing and denies nothing: it puts the question off.
"""

from __future__ import annotations

import re
from typing import Final

from counsel_leaderboard.registry.embeddings.minilm import Embeds
from counsel_leaderboard.registry.sessions.client_card import LedClient, LedTurn, Register
from counsel_leaderboard.registry.sessions.engine.session_state import SessionState
from counsel_leaderboard.registry.sessions.reading.open_questions import asks_what_then, open_aim
from counsel_leaderboard.registry.sessions.reading.question_forms import QuestionForm, could_answer, question_form, yes_no_kind
from counsel_leaderboard.registry.sessions.shared_bank import open_answer_bank, put_off_bank, short_answer_bank
from counsel_leaderboard.registry.sessions.words import sentences

ANSWERS: Final = 0.4
"""From this cosine on a sentence of the due turn answers an open question, if it could answer one of its form."""
YES_NO: Final = 0.38
"""From this cosine on a turn may answer a question for a yes or a no, and a mild answer before it could contradict it."""
MAY_ANSWER: Final = 0.3
"""From this cosine on words that put a question off could be followed by its answer."""
FAR: Final = 0.15
"""Below this cosine a turn goes past a question that many kinds of sentence answer."""
APART: Final = 0.15
"""Below this cosine a turn is about something else, and words lead on to it."""
LOOSE: Final = ("feeling", "thought", "opinion", "why", "other")
"""Forms that many kinds of sentence answer."""
ELEMENTS: Final = {"feeling": ("feeling", "body"), "thought": ("thought", "belief")}
"""A turn of such an element answers a question of the form, however near its words come."""
AIM_ELEMENTS: Final = {
    "own act": ("behavior", "event"),
    "would help": ("close",),
    "own will": ("close", "reaction"),
    "origin": ("belief",),
    "what if": ("reaction",),
    "thought": ("thought", "belief", "feeling", "body"),
    "reason": ("thought",),
}
"""The same for what an open question is after."""
HESITANT: Final = ("other", "person", "amount")
"""Mild answers to these would sound odd before a turn that may answer."""
NEVER_APART: Final = ("origin", "reason")
"""What nearly any story answers a little."""
STORIES: Final = ("event", "thought", "feeling", "behavior", "body", "belief")
"""Words may lead on to a turn of these elements; a question of the client's or a close needs none."""
CONNECTED: Final = re.compile(r"^(?:and|but|so|then|after|although|that|not|you|there's|there was|what)\b", re.IGNORECASE)
"""A turn that begins like this needs no words that lead on to it."""


class WordsToQuestions:
    """The words of one session; `state` knows which were spoken."""

    def __init__(self, card: LedClient, embed: Embeds, state: SessionState) -> None:
        self._card, self._embed, self._state = card, embed, state

    def before(self, due: LedTurn, question: str) -> str:
        """The words before the due turn; empty where it answers the question, or once all words of the kind were spoken."""
        form = question_form(question)
        if asks_what_then(question) or due.element in ELEMENTS.get(form, ()):
            return ""
        near = self._nearness(due, question, form)
        if not self._card.answers:
            return "" if near >= (FAR if form in LOOSE else MAY_ANSWER) else self._put_off(form)
        kind = yes_no_kind(question)
        if kind is not None:
            return "" if near >= YES_NO else self._answered(due, short_answer_bank().of(kind, self._register), leads_on=False)
        aim = open_aim(question)
        if near >= (FAR if aim in HESITANT else ANSWERS) or due.element in AIM_ELEMENTS.get(aim, ()):
            return ""
        apart = near < APART and aim not in NEVER_APART and due.element in STORIES and not CONNECTED.search(due.text)
        return self._answered(due, open_answer_bank().of(aim, self._register), leads_on=apart)

    @property
    def _register(self) -> Register:
        return self._card.profile.register_

    def _answered(self, due: LedTurn, texts: tuple[str, ...], *, leads_on: bool) -> str:
        """A mild answer; and words that lead on."""
        spoken = [self._unspoken(texts), self._unspoken(open_answer_bank().bridges_of(self._register)) if leads_on else ""]
        words = " ".join(text for text in spoken if text)
        return words.lower().replace("'", "") if due.text[0].islower() else words

    def _put_off(self, form: QuestionForm) -> str:
        return self._unspoken(put_off_bank().of(form, self._register))

    def _unspoken(self, texts: tuple[str, ...]) -> str:
        for text in texts:
            if not self._state.uses[f"to a question {text}"]:
                self._state.uses[f"to a question {text}"] += 1
                return text
        return ""

    def _nearness(self, due: LedTurn, question: str, form: QuestionForm) -> float:
        """The cosine of the nearest sentence that has what an answer of the form must have; rounded so that chips agree."""
        asked = self._embed(question)
        able = [part for part in sentences(due.text) if could_answer(form, part)]
        return max((round(float(asked @ self._embed(part)), 4) for part in able), default=0.0)
