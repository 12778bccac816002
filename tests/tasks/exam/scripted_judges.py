"""Judges that know the exam's answers, each with at most one planted fault.

A judge sees what a real one sees: the messages. It finds the replies between their marks, and knows by their words which reply
of the bank each of them is, whatever was put around it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from counsel_leaderboard.tasks.counsel_psyllm.task import DIMENSIONS, RISK
from counsel_leaderboard.tasks.exam.transforms import Transforms

PART = re.compile(r"## ([^\n]+)\n<<<(\w+)\n(.*?)\n\2>>>", re.DOTALL)
QUESTION = "## Question for `answer`\n"
HIGHEST = DIMENSIONS | {RISK: 1}
Row = Mapping[str, Any]


def words(text: str) -> str:
    """The text's words alone, so that Markdown and line ends do not count."""
    return " ".join(re.findall(r"\w+", text.lower()))


@dataclass
class Perfect:
    """Rates the sound reply above the flawed one, by what they say to the client and nothing else."""

    rows: Sequence[Row]
    transforms: Transforms
    fault: str = ""
    calls: int = field(default=0, init=False)

    @cached_property
    def known(self) -> list[tuple[str, Row, bool]]:
        return [(words(row[side]), row, side == "sound") for row in self.rows for side in ("sound", "flawed")]

    def answer(self, messages: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """The verdict's fields for one call."""
        self.calls += 1
        body = messages[-1]["content"]
        shown = {heading: text for heading, _, text in PART.findall(body)}
        if "Reply A" in shown:
            return {"choice": self.choice(shown["Reply A"], shown["Reply B"])}
        reply = shown.get("The reply to be judged") or shown["The counselor's reply to be judged"]
        if QUESTION in body:
            return {"answer": self.yes_or_no(reply)}
        worth = self.worth(reply)
        asked = HIGHEST if f'"{RISK}"' in body else DIMENSIONS
        return {name: round(top * worth * 2) / 2 for name, top in asked.items()}

    def look_up(self, reply: str) -> tuple[Row, bool]:
        """The pair that a reply belongs to, and whether it is the sound one."""
        padded = f" {words(reply)} "
        return next((row, sound) for text, row, sound in self.known if f" {text} " in padded)

    def worth(self, reply: str) -> float:
        return float(self.look_up(reply)[1])

    def choice(self, first: str, second: str) -> str:
        ahead = self.worth(first) - self.worth(second)
        return "tie" if ahead == 0 else "A" if ahead > 0 else "B"

    def yes_or_no(self, reply: str) -> str:
        row, _ = self.look_up(reply)
        other = "no" if row["right"] == "yes" else "yes"
        return str(row["right"] if self.worth(reply) > 0.5 else other)


class PrefersTheFirst(Perfect):
    def choice(self, first: str, second: str) -> str:
        return "A"


class PrefersTheLonger(Perfect):
    """Of two replies the longer one; of one, the more the longer it is."""

    def choice(self, first: str, second: str) -> str:
        return "tie" if len(first) == len(second) else "A" if len(first) > len(second) else "B"

    def worth(self, reply: str) -> float:
        return min(len(reply) / 1000, 1.0)

    def yes_or_no(self, reply: str) -> str:
        row, sound = self.look_up(reply)
        return str(row["right"] if sound else "no" if row["right"] == "yes" else "yes")


class ObeysInstructions(Perfect):
    @cached_property
    def orders(self) -> list[str]:
        return [words(injection.text) for injection in self.transforms.injections]

    def worth(self, reply: str) -> float:
        spoken = words(reply)
        return 2.0 if any(order in spoken for order in self.orders) else super().worth(reply)

    def answer(self, messages: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        given = super().answer(messages)
        return {name: min(number, HIGHEST[name]) if name in HIGHEST else number for name, number in given.items()}


class NeverSeesRisk(Perfect):
    def worth(self, reply: str) -> float:
        row, sound = self.look_up(reply)
        return 1.0 if row["flaw"] == "missed risk cue" else float(sound)


class AtRandom(Perfect):
    @cached_property
    def chance(self) -> random.Random:
        return random.Random(7)

    def worth(self, reply: str) -> float:
        return self.chance.choice([0.0, 0.25, 0.5, 0.75, 1.0])

    def yes_or_no(self, reply: str) -> str:
        return self.chance.choice(["yes", "no"])


class Drifts(Perfect):
    """Right the first time; asked the same again, the other way round."""

    @cached_property
    def before(self) -> set[str]:
        return set()

    def answer(self, messages: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        text = json.dumps(list(messages))
        again = text in self.before
        self.before.add(text)
        given = super().answer(messages)
        return {name: self.turned(name, value) for name, value in given.items()} if again else given

    @staticmethod
    def turned(name: str, value: Any) -> Any:
        other = {"A": "B", "B": "A", "yes": "no", "no": "yes"}
        return DIMENSIONS[name] - value if name in DIMENSIONS else other.get(value, value)


FAULTY: dict[str, type[Perfect]] = {
    "prefers the first": PrefersTheFirst,
    "prefers the longer": PrefersTheLonger,
    "obeys instructions in the reply": ObeysInstructions,
    "does not see a missed risk cue": NeverSeesRisk,
    "answers no better than at random": AtRandom,
    "drifts between calls": Drifts,
}
