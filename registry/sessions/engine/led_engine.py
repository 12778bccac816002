"""Plays a client-led side: its turns in order, each after a lead-in for the counselor's last act or the answer of a branch.

A question that the due turn does not answer gets, in this order: a later turn that answers it by itself, said now; a few words
of the card in answer; words that put it off, since a lead-in that sounds like an answer to come would be followed by something
else.
"""

from __future__ import annotations

import re
from typing import Final

from counsel_leaderboard.registry.embeddings.minilm import Embeds
from counsel_leaderboard.registry.sessions.client_card import LedClient, LedTurn
from counsel_leaderboard.registry.sessions.engine.hybrid_engine import HEARD_TURNS, asks_on, risk_move
from counsel_leaderboard.registry.sessions.engine.session_state import ClientMove, SessionState
from counsel_leaderboard.registry.sessions.engine.shared_questions import SharedQuestions
from counsel_leaderboard.registry.sessions.reading.counselor_acts import CounselorActs, ReadsActs
from counsel_leaderboard.registry.sessions.reading.question_forms import QuestionForm, could_answer, question_form, yes_no_kind
from counsel_leaderboard.registry.sessions.shared_bank import put_off_bank, short_answer_bank
from counsel_leaderboard.registry.sessions.words import sentences

ANSWERS: Final = 0.45
"""From this cosine on a sentence of the due turn answers the question, if it could answer one of its form."""
FAR: Final = 0.15
"""Below this cosine a turn goes past an open question. Between the two nobody can tell, and the turn comes without a lead-in:
to put a question off and then answer it is worse than to say nothing.
"""
MAY_ANSWER: Final = 0.3
"""From this cosine on a turn may answer a question for a yes or a no, and a mild answer before it could contradict it."""
LOOSE: Final = ("feeling", "thought", "opinion", "why", "other")
"""Forms that many kinds of sentence answer."""
ELEMENTS: Final = {"feeling": ("feeling", "body"), "thought": ("thought", "belief")}
"""A turn of such an element answers a question of the form, however near its words come."""
SAFETY: Final = re.compile(r"\b(?:safe|unsafe|safely|danger|harm)\b", re.IGNORECASE)
"""A client in danger who is asked about this is asked about risk, whatever else the question holds."""
QUESTIONS: Final = ("open question", "closed question")


class LedEngine:
    """One fixed side of one session."""

    def __init__(self, card: LedClient, read: ReadsActs, embed: Embeds, shared: SharedQuestions) -> None:
        self.card, self._read, self._embed, self._shared = card, read, embed, shared
        self.state = SessionState(client=[card.opening])

    def opening(self) -> ClientMove:
        """The client's first words."""
        return ClientMove("opening", self.card.opening)

    def answer(self, text: str) -> ClientMove:
        """The turn that is due, after a few words for what the counselor did; the last one ends the client's side."""
        state = self.state
        state.turn += 1
        acts = self._read(text, " ".join(state.client[-HEARD_TURNS:]), tuple(state.counselor))
        state.counselor.append(text)
        branches = self.card.branches
        asked = acts.risk or asks_on(acts, state) or self._asks_safety(acts)
        state.risk_asked_last = bool(asked)
        meant = () if asked or acts.odd or not self.card.answers else self._meant(acts)
        due = self._due(meant)
        if asked:
            branch = risk_move(branches.risk, asked, state, "guarded")
            rule, first = branch.rule, branch.text
        elif acts.honesty:
            rule, first = "honesty", self._next("honesty", branches.honesty)
        elif due is not None and set(meant) & set(due.answers):
            rule, first = "answers the question", ""
        elif (name := self._unused_answer(meant)) is not None:
            state.done[f"answer {name}"] = None
            rule, first = f"answer {name}", self.card.answers[name]
        elif acts.referral and not acts.odd:
            rule, first = "referral", self._next("referral", branches.referral)
        else:
            rule, first = f"lead-in {acts.last_act}", self._lead_in(acts, due)
        if due is None:
            move = ClientMove(f"{rule}, after the last turn", first, ended="client")
        else:
            state.done[due.id] = None
            move = ClientMove(f"turn {due.id} ({rule})", due.text, first)
        state.client.append(move.text)
        return move

    def _meant(self, acts: CounselorActs) -> tuple[str, ...]:
        """The shared questions that the last two questions of a turn are, the last one first."""
        return tuple(name for asked in acts.questions[:-3:-1] if (name := self._shared.meant(asked.text)) is not None)

    def _due(self, meant: tuple[str, ...]) -> LedTurn | None:
        """The first turn not said yet that answers the question by itself, or else the first; None once all were said."""
        left = [turn for turn in self.card.turns if turn.id not in self.state.done]
        first = left[0] if left else None
        if not meant or self.state.turn == 1:  # The first turn lays down what the later ones lean on.
            return first
        return next((turn for turn in left if meant[0] in turn.answers), first)

    def _unused_answer(self, meant: tuple[str, ...]) -> str | None:
        return next((name for name in meant if name in self.card.answers and f"answer {name}" not in self.state.done), None)

    def _asks_safety(self, acts: CounselorActs) -> str:
        """The last question, where it asks a client in danger about safety."""
        if self.card.danger is None or not acts.questions or acts.odd is not None:
            return ""
        return text if SAFETY.search(text := acts.questions[-1].text) else ""

    def _lead_in(self, acts: CounselorActs, due: LedTurn | None) -> str:
        act = acts.last_act
        if due is not None and (own := due.lead_ins.get(act)):
            return own
        if due is not None and act in QUESTIONS and acts.questions:
            return self._to_question(due, acts.questions[-1].text)
        texts, group = self.card.lead_ins[act], f"lead-in {act}"
        if due is not None and self.state.uses[group] >= len(texts):
            return ""  # A lead-in heard a second time reads like a machine; the turn stands well without it.
        return self._next(group, texts)

    def _to_question(self, due: LedTurn, question: str) -> str:
        """Nothing where the due turn answers or may answer; else the first words for the question's form that were not spoken
        yet, and nothing once all were.
        """
        form = question_form(question)
        if self.state.turn == 1:
            return ""  # What brings the client answers nearly every first question.
        near = self._nearness(due, question, form)
        if due.element in ELEMENTS.get(form, ()) or near >= (FAR if form in LOOSE else ANSWERS):
            return ""
        if self.card.answers and (kind := yes_no_kind(question)) is not None:
            if near >= MAY_ANSWER:
                return ""
            for text in short_answer_bank().of(kind, self.card.profile.register_):
                if f"answer {text}" not in self.state.done:
                    self.state.done[f"answer {text}"] = None
                    return text
            return ""
        for text in put_off_bank().of(form, self.card.profile.register_):
            if not self.state.uses[f"put off {text}"]:
                self.state.uses[f"put off {text}"] += 1
                return text
        return ""

    def _nearness(self, due: LedTurn, question: str, form: QuestionForm) -> float:
        """The cosine of the nearest sentence that has what an answer of the form must have; rounded so that chips agree."""
        asked = self._embed(question)
        able = [part for part in sentences(due.text) if could_answer(form, part)]
        return max((round(float(asked @ self._embed(part)), 4) for part in able), default=0.0)

    def _next(self, group: str, texts: tuple[str, ...]) -> str:
        used = self.state.uses[group]
        self.state.uses[group] += 1
        return texts[used % len(texts)]
