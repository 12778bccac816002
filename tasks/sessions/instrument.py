"""A rating scale of several items, given by a judge to a whole session, and its arithmetic."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from counsel_leaderboard.registry.sessions.transcript import read_transcript
from counsel_leaderboard.tasks.judge.prompts import PromptPart
from counsel_leaderboard.tasks.sessions.documents import TURNS
from counsel_leaderboard.tasks.sessions.windows import windows

TURN_FIELD: Final = "{}_turn"
"""The field with the counselor's turn that shows an item most clearly, 0 for none."""


@dataclass(frozen=True)
class ScaleItem:
    """One item. `once`: whether it is done once in a session, so that of several windows the highest rating counts."""

    name: str
    subscale: str
    once: bool = False


@dataclass(frozen=True)
class Instrument:
    """Items that are rated from `low` to `high` in whole steps. `shuffled`: the seed of another order of the items."""

    items: tuple[ScaleItem, ...]
    low: int
    high: int
    shuffled: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The items' names in their order."""
        return tuple(item.name for item in self.items)

    @property
    def subscale_names(self) -> tuple[str, ...]:
        """The subscales' names, in the order of their first items."""
        return tuple(dict.fromkeys(item.subscale for item in self.items))

    def fields(self) -> dict[str, Any]:
        """The JSON schemas of a verdict: for each item its rating and the turn that shows it."""
        names = list(self.names)
        if self.shuffled is not None:
            random.Random(self.shuffled).shuffle(names)  # noqa: S311 - an order, not a secret
        rating = {"type": "number", "enum": list(range(self.low, self.high + 1))}
        turn = {"type": "number", "enum": list(range(TURNS + 1))}
        return {field: rule for name in names for field, rule in ((name, rating), (TURN_FIELD.format(name), turn))}

    def views(self, _doc: Mapping[str, Any], reply: str) -> list[tuple[PromptPart, ...]]:
        """One call for each window: the session up to its end, and which turns are to be rated."""
        return [
            (
                PromptPart("The session", window.text, context=True),
                PromptPart("What to rate", _scope(window.first, window.last), quoted=False),
            )
            for window in windows(read_transcript(reply))
        ]

    def ratings(self, answers: Sequence[Mapping[str, Any] | None], turns: Sequence[int]) -> dict[str, float]:
        """Each item's rating of a session, from the verdicts on its windows and the numbers of turns in these.

        The mean over windows, weighted by their turns; of an item that is done once the highest. An item that one of the
        windows lacks is missing, and never lowest.
        """
        if not answers or len(answers) != len(turns):
            return {}
        rated = {}
        for item in self.items:
            values = [answer.get(item.name) if answer else None for answer in answers]
            known = [float(value) for value in values if value is not None]
            if len(known) == len(values):
                mean = math.fsum(value * weight for value, weight in zip(known, turns, strict=True)) / sum(turns)
                rated[item.name] = max(known) if item.once else mean
        return rated

    def subscales(self, ratings: Mapping[str, float]) -> dict[str, float]:
        """The mean of each subscale of which no item is missing, in the unit of the items."""
        whole: dict[str, float] = {}
        for name in self.subscale_names:
            values = [ratings.get(item.name) for item in self.items if item.subscale == name]
            known = [value for value in values if value is not None]
            if len(known) == len(values):
                whole[name] = math.fsum(known) / len(known)
        return whole

    def lowest(self) -> dict[str, float]:
        """The ratings of a session in which the counselor never speaks."""
        return dict.fromkeys(self.names, float(self.low))


def _scope(first: int, last: int) -> str:
    turns = f"the counselor's turns {first} to {last}" if last > first else f"the counselor's turn {first}"
    return f"Rate {turns}. Whatever came before them is there to understand them; nothing is known of what comes later."
