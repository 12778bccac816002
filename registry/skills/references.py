"""What people do by the shipped coder's own reading: lines beside the rates of models. Figures alone; no text of theirs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.skills.card import shown_codes
from counsel_leaderboard.registry.skills.codes import FACTS, Behaviour
from counsel_leaderboard.registry.skills.rates import Rate

BAR_KAPPA: Final = 0.50
"""On the four main behaviours, on talk that the weights have not seen."""
BAR_INPUT_F1: Final = 0.40
"""Of advice, information, orders, confronting and warning taken together, on such talk."""
FILE: Final = Path(__file__).with_name("references.json")


class StoredRate(Closed):
    """A `registry.skills.rates.Rate` in a file."""

    value: float
    low: float | None
    high: float | None
    error: float | None
    cases: int

    @classmethod
    def of(cls, rate: Rate) -> StoredRate:
        """The same figures, to six digits."""
        figures = {name: getattr(rate, name) for name in ("value", "low", "high", "error")}
        rounded = {name: None if figure is None else round(figure, 6) for name, figure in figures.items()}
        return cls.model_validate(rounded | {"cases": rate.cases})

    def rate(self) -> Rate:
        """The rate for further arithmetic."""
        return Rate(self.value, self.low, self.high, self.error, self.cases)


class PeopleReference(Closed):
    """One group of people. `note`: how their talk differs from models'. `sentences` were coded, in `cases` cases."""

    name: str
    label: str
    note: str
    sentences: int
    cases: int
    rates: dict[str, StoredRate]


class PeopleAgreement(Closed):
    """How far the shipped weights agree with people's codes of the same talk, which they were not trained on."""

    kappa: float
    f1: dict[Behaviour, float]

    @property
    def is_good_enough(self) -> bool:
        """Whether rates of this coder may be shown at all."""
        return self.kappa >= BAR_KAPPA

    def may_show(self, behaviour: Behaviour) -> bool:
        """Whether rates of the codes of a behaviour may be shown: those of advice need an F1 of their own."""
        return self.is_good_enough and (behaviour != "input" or self.f1["input"] >= BAR_INPUT_F1)


class PeopleReferences(Closed):
    """All groups, with the version of the coder that read them: other weights read differently, so the lines hold for these."""

    schema_version: Literal[1] = 1
    coder: str
    agreement: PeopleAgreement
    groups: tuple[PeopleReference, ...]


def reported_codes() -> tuple[str, ...]:
    """The codes whose rates may be shown as numbers: those that reach the bar of their own, of behaviours that reach theirs."""
    agreement = people_references().agreement
    return tuple(code for code in shown_codes() if agreement.may_show(FACTS[code].behaviour))


@cache
def people_references() -> PeopleReferences:
    """The shipped figures. A test holds their coder against the shipped weights."""
    return PeopleReferences.model_validate_json(FILE.read_bytes())
