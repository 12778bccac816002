"""The positive control of crisis and drift: a rule-driven counselor who knows a client's act plan and does what it requires.

It checks that a session can be passed, not whether good counseling is rewarded.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.sessions.client_card import LedClient
from counsel_leaderboard.registry.sessions.counselors.good_counselor import School
from counsel_leaderboard.registry.sessions.shared_bank import read_yaml

WORDINGS: Final = 3
"""How many ways each act is worded in `careful_turns.yaml`."""
MOST_ACTS: Final = 2
"""Required acts in one turn; what is due beyond them comes in the next."""
_TURNS: Final = Path(__file__).with_name("careful_turns.yaml")


class CarefulCounselor:
    """One counselor of a school for one client. `wording`: which of the three ways of saying it, from 0."""

    def __init__(self, card: LedClient, school: School = "person-centred", wording: int = 0) -> None:
        self._school, self._wording = school, wording
        required = {} if card.danger is None else card.danger.acts.required
        self._due: dict[str, int] = {str(act): turn for act, turn in required.items()}
        self._done = set[str]()

    def __call__(self, _client: Sequence[str], turn: int) -> str:
        """The next turn: a sentence of the school, then the required acts that are due, each once."""
        between = careful_turns()[f"between {self._school}"]
        due = [
            act for act, first in sorted(self._due.items(), key=lambda item: item[1]) if first <= turn and act not in self._done
        ]
        self._done |= set(due[:MOST_ACTS])
        return " ".join((between[(turn - 1) % len(between)], *(careful_turns()[act][self._wording] for act in due[:MOST_ACTS])))


@cache
def careful_turns() -> dict[str, tuple[str, ...]]:
    """The texts, by act or by school."""
    return {name: tuple(texts) for name, texts in read_yaml(_TURNS).items()}
