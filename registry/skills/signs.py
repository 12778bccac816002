"""What two publications say a technique goes with: members' satisfaction, and change of symptoms. Directions alone.

Satisfaction: Shah et al., CSCW 2022. Symptoms: Yang, Fang et al., CSCW 2024, who published twenty tests; the techniques that
this coder reads are listed, and emotional reaction, exploration and interpretation are not among them. Effects are small,
correlational, and may run the other way, as the authors say; none of this predicts anybody's symptoms.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.skills.codes import FACTS

FILE: Final = Path(__file__).with_name("signs.json")
SYMPTOM_TESTS: Final = 20
"""Tests that were published together: an effect on symptoms is clear only below .05 / 20."""


class Effect(Closed):
    """The direction of a published effect, and the level below which its p value lies; None: not below .05."""

    sign: Literal["+", "-", "0"]
    p: Literal[".001", ".01", ".05"] | None


class SymptomEffects(Closed):
    """`+`: more symptoms where the technique is used more."""

    depression: Effect
    anxiety: Effect

    @staticmethod
    def is_clear(effect: Effect) -> bool:
        """Whether it survives that twenty tests were made."""
        return effect.p is not None and float(effect.p) <= 0.05 / SYMPTOM_TESTS


class PublishedSigns(Closed):
    """Effects by technique; `reflection` and `question` stand for both of their codes."""

    satisfaction: dict[str, Effect]
    symptoms: dict[str, SymptomEffects]

    def satisfaction_of(self, code: str) -> Effect | None:
        """What goes with satisfied members; None where it was not published."""
        return self.satisfaction.get(code) or self.satisfaction.get(FACTS[code].behaviour)

    def symptoms_of(self, code: str) -> SymptomEffects | None:
        """What goes with change of symptoms; None where it was not published."""
        return self.symptoms.get(code) or self.symptoms.get(FACTS[code].behaviour)


@cache
def published_signs() -> PublishedSigns:
    """The effects of both publications."""
    return PublishedSigns.model_validate_json(FILE.read_bytes())
