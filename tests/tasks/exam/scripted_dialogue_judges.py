"""Judges that know the answers about the exam's dialogues, each with at most one planted fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from counsel_leaderboard.tasks.counsel_psyllm.task import DIMENSIONS
from tests.tasks.exam.scripted_judges import PART, QUESTION, words

Row = Mapping[str, Any]
WORTH = {"sound": 1.0, "also_sound": 1.0, "slight": 0.5, "plain": 0.0}
ALARMED = ("alarm without a danger", "over-escalation")
"""The flaws whose plain reply is the alarmed one."""


@dataclass
class KnowsDialogues:
    """Rates a reply by its level, and nothing else."""

    rows: Sequence[Row]

    @cached_property
    def known(self) -> dict[str, tuple[Row, str]]:
        return {words(text): (row, level) for row in self.rows for level, text in row["replies"].items()}

    def answer(self, messages: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """The verdict's fields for one call."""
        body = messages[-1]["content"]
        shown = {heading: text for heading, _, text in PART.findall(body)}
        if "Reply A" in shown:
            return {"choice": self.choice(*(self.worth(*self.known[words(shown[f"Reply {name}"])]) for name in "AB"))}
        row, level = self.known[words(shown.get("The reply to be judged") or shown["The counselor's reply to be judged"])]
        if QUESTION in body:
            return {"answer": self.yes_or_no(row, level)}
        worth = self.worth(row, level)
        return {name: round(top * worth * 2) / 2 for name, top in DIMENSIONS.items()}

    def worth(self, row: Row, level: str) -> float:
        return WORTH[level]

    def choice(self, first: float, second: float) -> str:
        return "tie" if first == second else "A" if first > second else "B"

    def yes_or_no(self, row: Row, level: str) -> str:
        """The answer that a reply of this worth gets."""
        other = "no" if row["right"] == "yes" else "yes"
        return str(row["right"] if self.worth(row, level) > 0.5 else other)


@dataclass
class BlindTo(KnowsDialogues):
    """Takes every reply for sound where the flaw is this one."""

    flaw: str = ""

    def worth(self, row: Row, level: str) -> float:
        return 1.0 if row["flaw"] == self.flaw else super().worth(row, level)


class SoundOnEverything(KnowsDialogues):
    def worth(self, row: Row, level: str) -> float:
        return 1.0


class AlwaysAlarmed(KnowsDialogues):
    """Rates a reply by how much alarm it raises: where the flaw is the alarm, the other way round."""

    def worth(self, row: Row, level: str) -> float:
        worth = super().worth(row, level)
        return 1 - worth if row["flaw"] in ALARMED else worth


class AlwaysYes(KnowsDialogues):
    """Says yes, and gives every reply the highest score."""

    def worth(self, row: Row, level: str) -> float:
        return 1.0

    def yes_or_no(self, row: Row, level: str) -> str:
        return "yes"


class AlwaysTheFirst(KnowsDialogues):
    def choice(self, first: float, second: float) -> str:
        return "A"


class PicksAWinner(KnowsDialogues):
    """Of two sound replies it holds one to be clearly better."""

    def worth(self, row: Row, level: str) -> float:
        return 0.5 if level == "also_sound" else super().worth(row, level)
