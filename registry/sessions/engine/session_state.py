"""Where a session stands: it follows from the client's card and the counselor's turns alone, so a resumed session is the
same one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from counsel_leaderboard.registry.sessions.engine.trust import StanceName

Ending = Literal["client", "counselor"]


@dataclass(frozen=True)
class ClientMove:
    """What the client says to a turn: the scripted wording, the rule that chose it, and the facts that it gives.

    `line` is what is conveyed; `reaction` a few words before it. Both together are `text`.
    """

    rule: str
    line: str
    reaction: str = ""
    facts: tuple[str, ...] = ()
    stance: StanceName = "guarded"
    trust: float = 0.0
    ended: Ending | None = None
    hedge: bool = False
    """The client evades: nothing of the script fits."""

    @property
    def text(self) -> str:
        """The scripted wording."""
        return " ".join(part for part in (self.reaction, self.line) if part)


@dataclass
class SessionState:
    """Everything that an engine remembers between turns."""

    turn: int = 0
    """Counselor turns so far."""
    trust: float = 0.0
    done: dict[str, None] = field(default_factory=dict)
    """Ids of lines, follow-ups and stock answers that were spoken, in order, and of facts that are known."""
    opened: set[str] = field(default_factory=set)
    topic: str | None = None
    last_line: str | None = None
    risk: set[str] = field(default_factory=set)
    """Which answers about risk were given."""
    risk_asked_last: bool = False
    uses: Counter[str] = field(default_factory=Counter)
    """How often each group of interchangeable texts was drawn from."""
    counselor: list[str] = field(default_factory=list)
    client: list[str] = field(default_factory=list)
