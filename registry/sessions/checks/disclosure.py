"""What clients disclose to counselors of known quality, and whether that is the order that it must be.

A share is of a client's hidden facts. The positive control knows the card, so it checks construction; the attentive counselor
and the typical assistant do not, so their difference is what the client can tell apart by disclosure alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from counsel_leaderboard.registry.sessions.client_card import HybridClient
from counsel_leaderboard.registry.sessions.counselors.controls import controls
from counsel_leaderboard.registry.sessions.counselors.good_counselor import SCHOOLS, GoodCounselor
from counsel_leaderboard.registry.sessions.counselors.rehearsal import rehearse
from counsel_leaderboard.registry.sessions.counselors.unbriefed_counselors import AttentiveCounselor, typical_assistant
from counsel_leaderboard.registry.sessions.engine.playing import Stage

TIMES: Final = 2.0
"""How much more a good counselor learns than the question machine and silence."""
LEAST_CLIENTS: Final = 0.8
"""The share of clients where that must hold: 16 of 20."""
MOST_BY_THE_WRONG: Final = 0.5
"""What a good counselor who has another client's card may learn at most."""


@dataclass(frozen=True)
class DisclosureRow:
    """Shares of one client's hidden facts, each in [0, 1]. Where both schools count, the share of the lower one."""

    client: str
    good: float
    wrong: float
    """A good counselor with another client's card; the higher of the schools."""
    attentive: float
    """The mean of both schools."""
    assistant: float
    by_control: dict[str, float]

    @property
    def separates(self) -> bool:
        """Whether the good counselor learns more than twice what the question machine and silence do."""
        return all(self.good > TIMES * self.by_control[name] for name in ("question machine", "silent"))

    def faults(self) -> list[str]:
        """What of this row must not be."""
        best = max(self.by_control, key=lambda name: self.by_control[name])
        faults = []
        if self.by_control[best] >= self.good:
            faults.append(f"the control {best!r} learns {self.by_control[best]:.0%}, the good counselor {self.good:.0%}")
        if self.assistant >= self.good:
            faults.append(f"a typical assistant learns {self.assistant:.0%}, the good counselor {self.good:.0%}")
        if self.wrong > MOST_BY_THE_WRONG:
            faults.append(f"a good counselor with another client's card learns {self.wrong:.0%}")
        return [f"{self.client}: {fault}" for fault in faults]

    def line(self) -> str:
        """The row as a line of a table; see HEADER."""
        best = max(self.by_control.values())
        shares = (self.good, self.wrong, self.attentive, self.assistant, self.by_control["parrot"], best)
        return f"{self.client:20}" + "".join(f"{share:>11.0%}" for share in shares)


HEADER: Final = f"{'hidden facts told to':20}" + "".join(
    f"{name:>11}" for name in ("good", "wrong card", "attentive", "assistant", "parrot", "any control")
)


def disclosure(stage: Stage, card: HybridClient, other: HybridClient) -> DisclosureRow:
    """Play a client against every scripted counselor. other: the client whose card the misled counselor has."""

    def by_card(known: HybridClient) -> list[float]:
        return [rehearse(stage, card, GoodCounselor(known, school)).hidden_share for school in SCHOOLS]

    attentive = [rehearse(stage, card, AttentiveCounselor(school)).hidden_share for school in SCHOOLS]
    return DisclosureRow(
        client=card.id, good=min(by_card(card)), wrong=max(by_card(other)), attentive=sum(attentive) / len(attentive),
        assistant=rehearse(stage, card, typical_assistant).hidden_share,
        by_control={name: rehearse(stage, card, counselor).hidden_share for name, counselor in controls().items()},
    )  # fmt: skip


def disclosures(stage: Stage, cards: Sequence[HybridClient]) -> list[DisclosureRow]:
    """A row for each client; each is also played by a counselor who has the next one's card."""
    return [disclosure(stage, card, cards[(row + 1) % len(cards)]) for row, card in enumerate(cards)]


def table_faults(rows: Sequence[DisclosureRow]) -> list[str]:
    """Faults of single clients, and of all together."""
    faults = [fault for row in rows for fault in row.faults()]
    apart = sum(row.separates for row in rows)
    if apart < LEAST_CLIENTS * len(rows):
        faults.append(
            f"a good counselor learns more than twice what the question machine and silence do from {apart} of {len(rows)} "
            f"clients; {LEAST_CLIENTS:.0%} are needed"
        )
    return faults


def verdict(rows: Sequence[DisclosureRow]) -> str:
    """What disclosure alone tells apart without knowledge of the card, in a sentence."""
    ahead = sum(row.attentive > row.assistant for row in rows)
    alike = [row.client for row in rows if row.attentive <= row.assistant]
    learned = [sum(getattr(row, name) for row in rows) / len(rows) for name in ("attentive", "assistant")]
    return (
        f"without the card an attentive counselor learns {learned[0]:.0%} and a typical assistant {learned[1]:.0%} of the "
        f"hidden facts; the first is ahead with {ahead} of {len(rows)} clients"
        + (f", the others cannot tell them apart by disclosure: {', '.join(alike)}" if alike else "")
    )
