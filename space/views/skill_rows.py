"""Techniques as the Skills view lists them: how reliably the coder reads each, what it goes with, and figures as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counsel_leaderboard.registry.skills.card import card
from counsel_leaderboard.registry.skills.codes import CODES, FACTS
from counsel_leaderboard.registry.skills.references import StoredRate, reported_codes
from counsel_leaderboard.registry.skills.signs import Effect, SymptomEffects, published_signs

TOO_WEAK: Final = "the instrument is not good enough for this code"
MITI: Final = "MITI 4.2"


@dataclass(frozen=True)
class ThresholdLine:
    """A line across the bars of a measure, drawn as people's lines are."""

    value: float
    label: str
    source: str


@dataclass(frozen=True)
class ShownMeasure:
    """One measure of the table. `digits` of its figures; `most`: the end of its bars, None: the largest value decides."""

    metric: str
    label: str
    unit: str
    digits: int
    most: float | None = None
    lines: tuple[ThresholdLine, ...] = ()
    is_marked: bool = False

    def text(self, rate: StoredRate | None) -> str:
        """The figure; "–" for None."""
        return "–" if rate is None else f"{rate.value:.{self.digits}f}"

    def interval(self, rate: StoredRate | None) -> str:
        """Its 95% interval; "" without one."""
        if rate is None or rate.low is None or rate.high is None:
            return ""
        return f"{rate.low:.{self.digits}f} to {rate.high:.{self.digits}f}"


@dataclass(frozen=True)
class Technique:
    """One code: how well the coder reads it, what people's agreement is, and its published signs in words."""

    code: str
    label: str
    is_shown: bool
    is_marked: bool
    f1: float
    alpha: float | None
    satisfaction: str
    depression: str
    anxiety: str

    @property
    def measure(self) -> ShownMeasure:
        """Its rate."""
        return ShownMeasure(f"per_100_{self.code}", self.label, "in 100 sentences", 1, is_marked=self.is_marked)


SUMMARIES: Final = (
    ShownMeasure(
        "reflection_question_ratio", "reflections a question", "ratio", 2,
        lines=(ThresholdLine(1, "fair", MITI), ThresholdLine(2, "good", MITI)),
    ),
    ShownMeasure("inconsistent_rate", "against motivational interviewing", "in 100 sentences", 1),
    ShownMeasure(
        "share_complex", "complex among reflections", "share of reflections", 2, 1.0,
        (ThresholdLine(0.4, "fair", MITI), ThresholdLine(0.5, "good", MITI)),
    ),
    ShownMeasure("share_open", "open among questions", "share of questions", 2, 1.0),
    ShownMeasure("words_a_reply", "words a reply", "words", 0),
)  # fmt: skip
"""Reflections a question can be raised at will, so what goes against motivational interviewing stands beside it always."""


def techniques() -> list[Technique]:
    """Every code of the manual, those that may not be shown as numbers among them."""
    return [_technique(code) for code in CODES if code != "other"]


def measures() -> list[ShownMeasure]:
    """Every measure that has numbers, in the order of the table."""
    return [*SUMMARIES, *(technique.measure for technique in techniques() if technique.is_shown)]


def _technique(code: str) -> Technique:
    facts, signs = FACTS[code], published_signs()
    symptoms = signs.symptoms_of(code)
    return Technique(
        code,
        code.replace("_", " "),
        code in reported_codes(),
        facts.is_marked,
        card()[code]["f1"],
        facts.alpha,
        _satisfaction(signs.satisfaction_of(code)),
        _symptoms(symptoms.depression) if symptoms else "not published",
        _symptoms(symptoms.anxiety) if symptoms else "not published",
    )


def _satisfaction(effect: Effect | None) -> str:
    if effect is None:
        return "not published"
    if effect.sign == "0":
        return "no difference"
    direction = "more satisfied" if effect.sign == "+" else "less satisfied"
    return f"{direction} (p < {effect.p})" if effect.p else f"unclear ({direction})"


def _symptoms(effect: Effect) -> str:
    direction = "more symptoms" if effect.sign == "+" else "fewer symptoms"
    return direction if SymptomEffects.is_clear(effect) else f"unclear ({direction})"
