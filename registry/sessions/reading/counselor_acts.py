"""What a counselor does in a turn, as far as a client reacts to it: the seam between reading a turn and answering it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from counsel_leaderboard.registry.sessions.client_card import LeadInAct

Odd = Literal["silence", "nonsense", "wrong role", "same again"]


@dataclass(frozen=True)
class AskedQuestion:
    """A question without its lead-in."""

    text: str
    open: bool


@dataclass(frozen=True)
class CounselorActs:
    """A counselor's turn, read. `reflections` share words with the client; `statements` are its other sentences.

    advice: how many pieces, without those for which leave was asked. odd: what makes the turn no counseling at all.
    """

    questions: tuple[AskedQuestion, ...] = ()
    reflections: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    prompt: bool = False
    """Only asks for more."""
    advice: int = 0
    listed: bool = False
    information: bool = False
    warmth: bool = False
    closing: bool = False
    commitment: bool = False
    referral: bool = False
    honesty: bool = False
    risk: str = ""
    """The sentences that ask about suicide or self-harm; empty if none does."""
    odd: Odd | None = None
    topic_words: frozenset[str] = field(default_factory=frozenset)
    """The stems of all content words."""

    @property
    def last_act(self) -> LeadInAct:
        """The act that a client-led side answers with its lead-in."""
        if self.odd is not None:
            return "silence" if self.odd == "silence" else "other"
        for holds, act in (
            (self.closing, "closing"),
            (self.listed, "list"),
            (bool(self.questions), "open question" if self.questions and self.questions[-1].open else "closed question"),
            (self.prompt, "open question"),
            (self.advice > 0, "advice"),
            (bool(self.reflections), "reflection"),
            (self.information, "information"),
            (self.warmth, "warmth"),
        ):
            if holds:
                return act  # type: ignore[return-value]
        return "other"


class ReadsActs(Protocol):
    """Something that reads a counselor's turn."""

    name: str
    """Stands in transcripts."""

    def __call__(self, text: str, client: str, earlier: tuple[str, ...]) -> CounselorActs:
        """The acts of a turn. client: what the client has been heard to say lately. earlier: the counselor's turns before."""
        ...
