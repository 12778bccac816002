"""Plays a client-led side: its turns in order, each after a lead-in for the counselor's last act or the answer of a branch."""

from __future__ import annotations

from counsel_leaderboard.registry.sessions.client_card import LeadInAct, LedClient
from counsel_leaderboard.registry.sessions.engine.hybrid_engine import HEARD_TURNS, asks_on, risk_move
from counsel_leaderboard.registry.sessions.engine.session_state import ClientMove, SessionState
from counsel_leaderboard.registry.sessions.reading.counselor_acts import ReadsActs


class LedEngine:
    """One fixed side of one session."""

    def __init__(self, card: LedClient, read: ReadsActs) -> None:
        self.card, self._read = card, read
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
        due = self.card.turns[state.turn - 1] if state.turn <= len(self.card.turns) else None
        branches = self.card.branches
        asked = acts.risk or asks_on(acts, state)
        state.risk_asked_last = bool(asked)
        if asked:
            branch = risk_move(branches.risk, asked, state, "guarded")
            rule, first = branch.rule, branch.text
        elif acts.referral and not acts.odd:
            rule, first = "referral", self._next("referral", branches.referral)
        elif acts.honesty:
            rule, first = "honesty", self._next("honesty", branches.honesty)
        else:
            rule, first = f"lead-in {acts.last_act}", self._lead_in(acts.last_act)
        if due is None:
            move = ClientMove(f"{rule}, after the last turn", first, ended="client")
        else:
            move = ClientMove(f"turn {due.id} ({rule})", due.text, first)
        state.client.append(move.text)
        return move

    def _lead_in(self, act: LeadInAct) -> str:
        due = self.card.turns[self.state.turn - 1] if self.state.turn <= len(self.card.turns) else None
        own = due.lead_ins.get(act) if due else None
        if own:
            return own
        texts, group = self.card.lead_ins[act], f"lead-in {act}"
        if due is not None and self.state.uses[group] >= len(texts):
            return ""  # A lead-in heard a second time reads like a machine; the turn stands well without it.
        return self._next(group, texts)

    def _next(self, group: str, texts: tuple[str, ...]) -> str:
        used = self.state.uses[group]
        self.state.uses[group] += 1
        return texts[used % len(texts)]
