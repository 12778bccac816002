"""Compares a judge's measures with the thresholds for qualification, task by task."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

import polars as pl
from pydantic import Field, ValidationError, model_validator

from counsel_leaderboard.leaderboard.judges.qualification.exam_measures import RANGES
from counsel_leaderboard.leaderboard.judges.qualification.session_measures import SESSION_RANGES
from counsel_leaderboard.leaderboard.runs.files import first_problem
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import CounselError

FILE_NAME = "thresholds.toml"
SESSIONS_FILE_NAME = "session_thresholds.toml"
EACH = "each"
ENDS = {"low": "low end", "high": "high end", "value": "it"}


class ThresholdsError(CounselError):
    """The host's thresholds are invalid."""


class Threshold(Closed):
    """A limit for one end of one measure's confidence interval, or its value; `thresholds.toml` documents the fields."""

    fault: str
    measure: str
    of: str | None = None
    end: Literal["low", "high", "value"]
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _has_single_limit(self) -> Self:
        if self.measure not in (known := RANGES | SESSION_RANGES):
            raise ValueError(f"measure {self.measure!r} is not one of {', '.join(known)}")
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give either at_least or at_most")
        return self

    def broken(self) -> pl.Expr:
        """True where a row of the measures violates the threshold; so does an interval that could not be computed."""
        end = pl.col(self.end)
        return (end < self.at_least).fill_null(True) if self.at_least is not None else (end > self.at_most).fill_null(True)

    def concerns(self) -> pl.Expr:
        """True for the rows of the measures that the threshold applies to."""
        of = pl.col("of").is_not_null() if self.of == EACH else pl.col("of").eq_missing(pl.lit(self.of, pl.String))
        return (pl.col("measure") == self.measure) & of


class Thresholds(Closed):
    """All thresholds; a judge qualifies for a task where it violates none."""

    version: str
    rules: tuple[Threshold, ...] = Field(alias="rule")  # the name in the file


class Fault(Closed):
    """A threshold that a judge violates, with the interval that shows it."""

    task: str
    fault: str
    measure: str
    of: str | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    limit: str

    def text(self) -> str:
        """The fault in words: "prefers the first (first_preference 1.00, 0.98 to 1.00, high end must be at most 0.2)"."""
        what = f"{self.fault}: {self.of}" if self.of and self.of not in self.fault else self.fault
        if self.value is None or self.low is None or self.high is None:
            return f"{what} ({self.measure} could not be measured)"
        return f"{what} ({self.measure} {self.value:.2f}, {self.low:.2f} to {self.high:.2f}, {self.limit})"


@cache
def shipped() -> Thresholds:
    """The thresholds that come with this project."""
    return _parse_shipped(FILE_NAME)


@cache
def shipped_for_sessions() -> Thresholds:
    """The thresholds of this project for judges of whole sessions."""
    return _parse_shipped(SESSIONS_FILE_NAME)


def _parse_shipped(name: str) -> Thresholds:
    return parse((files("counsel_leaderboard.leaderboard.judges.qualification") / name).read_text(encoding="utf-8"), name)


def of_home(home: Path) -> Thresholds:
    """The host's `judges/thresholds.toml`, or without it the thresholds of this project. Raises ThresholdsError."""
    own = home / "judges" / FILE_NAME
    return parse(own.read_text(encoding="utf-8"), str(own)) if own.is_file() else shipped()


def parse(text: str, where: str) -> Thresholds:
    """Parse the thresholds in a TOML text. Raises ThresholdsError."""
    try:
        return Thresholds.model_validate(tomllib.loads(text))
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise ThresholdsError(
            f"{where}: holds no thresholds for judges ({first_problem(error)}). Compare it with the project's own."
        ) from error


def faults(measures: pl.DataFrame, thresholds: Thresholds) -> list[Fault]:
    """Every threshold that `measures` (the frame of `exam_measures.measures`) violates, by task, in the file's order."""
    broken = []
    for threshold in thresholds.rules:
        limit = f"at least {threshold.at_least:g}" if threshold.at_least is not None else f"at most {threshold.at_most:g}"
        for row in measures.filter(threshold.concerns() & threshold.broken()).iter_rows(named=True):
            details = {name: row[name] for name in ("task", "measure", "of", "value", "low", "high", "n")}
            broken.append(Fault(fault=threshold.fault, limit=f"{ENDS[threshold.end]} must be {limit}", **details))
    return sorted(broken, key=lambda fault: fault.task)
