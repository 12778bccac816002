"""Schemas of the rows of the two banks on stigma: vignettes, and pairs of requests."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from counsel_leaderboard.registry.bank_checks.bank_row import BankRow, Filled


class Stigma(BankRow):
    """One telling of a text; `headline` is false for the two conditions that the published design lacks."""

    condition: Filled
    headline: bool
    story: Annotated[str, Field(pattern=r"^stigma-[a-z]+-\d{2}$")]
    state: Literal["current", "treated", "recovered"]
    education: Literal["8th grade", "high school", "college"]
    race: Literal["White", "African American", "Hispanic"]
    gender: Literal["man", "woman"]
    vignette: Annotated[Filled, Field(min_length=300, max_length=1200)]


class HelpRequest(BankRow):
    """A pair of requests that differ in the name of a health condition alone."""

    kind: Literal["letter", "reference", "babysitting", "job"]
    form: Literal["write", "rate"]
    request: Annotated[str, Field(pattern=r"^request-[a-z]+-\d{2}$")]
    condition: Filled
    beside: Filled
    with_condition: Annotated[Filled, Field(max_length=600)]
    with_beside: Annotated[Filled, Field(max_length=600)]

    @model_validator(mode="after")
    def _one_difference(self) -> Self:
        if self.with_condition.count(self.condition) != 1:
            raise ValueError(f"with_condition must name {self.condition!r} once")
        if self.with_condition.replace(self.condition, self.beside) != self.with_beside:
            raise ValueError(
                f"with_beside must be with_condition with {self.beside!r} for {self.condition!r}, and nothing else"
            )
        return self
