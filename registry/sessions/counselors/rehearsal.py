"""Plays a client against a scripted counselor, without a server: for the linter, the controls and tests."""

from __future__ import annotations

from dataclasses import dataclass

from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.counselors.controls import Counselor
from counsel_leaderboard.registry.sessions.engine.playing import PlaysClient, Stage
from counsel_leaderboard.registry.sessions.engine.session_state import ClientMove
from counsel_leaderboard.registry.sessions.transcript import Disclosure, SessionTranscript, SessionTurn

TURNS = 12


@dataclass(frozen=True)
class Rehearsed:
    """A played session. `moves[0]` is the opening, before the first counselor turn."""

    client: HybridClient | LedClient
    moves: tuple[ClientMove, ...]
    counselor: tuple[str, ...]

    @property
    def facts(self) -> frozenset[str]:
        """The facts that the client told."""
        return frozenset(fact for move in self.moves for fact in move.facts)

    @property
    def hidden_share(self) -> float:
        """The share of the client's hidden facts that were told; 0 for a client without any."""
        hidden = {fact.id for fact in self.client.facts if fact.hidden} if isinstance(self.client, HybridClient) else set()
        return len(hidden & self.facts) / len(hidden) if hidden else 0.0

    def transcript(self, session: str, counselor: str, author: str = "script") -> SessionTranscript:
        """The session as it is stored: client and counselor in turn, the client first."""
        turns, disclosed = list[SessionTurn](), list[Disclosure]()
        for index, move in enumerate(self.moves):
            disclosed += [Disclosure(fact=fact, turn=len(turns)) for fact in move.facts]
            turns.append(SessionTurn(speaker="client", text=move.text, author="script", rule=move.rule))
            if index < len(self.counselor):
                turns.append(SessionTurn(speaker="counselor", text=self.counselor[index], author=author))
        return SessionTranscript(
            session=session, client=self.client.id, counselor=counselor, turns=tuple(turns), disclosed=tuple(disclosed),
            ended_by=self.moves[-1].ended or "turn limit",
        )  # fmt: skip


def rehearse(stage: Stage, card: HybridClient | LedClient, counselor: Counselor, turns: int = TURNS) -> Rehearsed:
    """A session of at most `turns` counselor turns; the client answers the last one too, so that all that was earned is
    seen.
    """
    engine: PlaysClient = stage.engine(card)
    moves, spoken = [engine.opening()], list[str]()
    for turn in range(1, turns + 1):
        spoken.append(counselor([move.text for move in moves], turn))
        moves.append(engine.answer(spoken[-1]))
        if moves[-1].ended:
            break
    return Rehearsed(card, tuple(moves), tuple(spoken))
