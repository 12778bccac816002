"""Plays a client-led side: its turns in order, each after a lead-in for the counselor's last act or the answer of a branch.

A question that the due turn does not answer gets, in this order: a later turn that answers it by itself, said now; a few words
of the card in answer; the words of `WordsToQuestions`, since a lead-in that sounds like an answer to come would be followed by
something else.
"""

from __future__ import annotations

import re
from typing import Final

from counsel_leaderboard.registry.embeddings.minilm import Embeds
from counsel_leaderboard.registry.sessions.client_card import LedClient, LedTurn
from counsel_leaderboard.registry.sessions.engine.hybrid_engine import HEARD_TURNS, asks_on, risk_move
from counsel_leaderboard.registry.sessions.engine.session_state import ClientMove, SessionState
from counsel_leaderboard.registry.sessions.engine.shared_questions import SharedQuestions
from counsel_leaderboard.registry.sessions.engine.words_to_questions import WordsToQuestions
from counsel_leaderboard.registry.sessions.reading.counselor_acts import CounselorActs, ReadsActs

LEANS_BACK: Final = re.compile(r"^(?:after|then|and then|although|that)\b", re.IGNORECASE)
"""A turn that begins like this makes sense right after the one before it alone: it is neither skipped nor drawn forward."""
SAFETY: Final = re.compile(r"\b(?:safe|unsafe|safely|danger|harm)\b", re.IGNORECASE)
"""A client in danger who is asked about this is asked about risk, whatever else the question holds."""
PAST: Final = "past the"
"""How the rule of a turn begins that goes past a question after a mild answer or words that put it off."""
QUESTIONS: Final = ("open question", "closed question")


class LedEngine:
    """One fixed side of one session."""

    def __init__(self, card: LedClient, read: ReadsActs, embed: Embeds, shared: SharedQuestions) -> None:
        self.card, self._read, self._embed, self._shared = card, read, embed, shared
        self.state = SessionState(client=[card.opening])
        self._words = WordsToQuestions(card, embed, self.state)

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
            rule, first = self._lead_in(acts, due)
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
        if not meant or first is None or self.state.turn == 1:  # The first turn lays down what the later ones lean on.
            return first
        if meant[0] in first.answers or LEANS_BACK.search(first.text):
            return first
        return next((turn for turn in left if meant[0] in turn.answers and not LEANS_BACK.search(turn.text)), first)

    def _unused_answer(self, meant: tuple[str, ...]) -> str | None:
        return next((name for name in meant if name in self.card.answers and f"answer {name}" not in self.state.done), None)

    def _asks_safety(self, acts: CounselorActs) -> str:
        """The last question, where it asks a client in danger about safety."""
        if self.card.danger is None or not acts.questions or acts.odd is not None:
            return ""
        return text if SAFETY.search(text := acts.questions[-1].text) else ""

    def _lead_in(self, acts: CounselorActs, due: LedTurn | None) -> tuple[str, str]:
        """The rule and the words before the due turn."""
        act = acts.last_act
        rule = f"lead-in {act}"
        if due is not None and (own := due.lead_ins.get(act)):
            return rule, own
        if due is not None and act in QUESTIONS and acts.questions:
            # What brings the client answers nearly every first question.
            words = "" if self.state.turn == 1 else self._words.before(due, acts.questions[-1].text)
            return f"{PAST if words else 'lead-in'} {act}", words
        texts = self.card.lead_ins[act]
        if due is not None and self.state.uses[rule] >= len(texts):
            return rule, ""  # A lead-in heard a second time reads like a machine; the turn stands well without it.
        return rule, self._next(rule, texts)

    def _next(self, group: str, texts: tuple[str, ...]) -> str:
        used = self.state.uses[group]
        self.state.uses[group] += 1
        return texts[used % len(texts)]
