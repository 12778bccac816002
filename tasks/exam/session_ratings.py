"""A judge's ratings of the exam's sessions, through the plan of the task whose judge it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from counsel_leaderboard.tasks.common.thinking import Reply
from counsel_leaderboard.tasks.exam.session_bank import SessionToRate
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.plan import JudgingPlan
from counsel_leaderboard.tasks.judge.prompts import Question

FRAME: Final = {
    "task": pl.String, "item": pl.String, "session": pl.String, "flaw": pl.String, "shown": pl.String, "variant": pl.String,
    "form": pl.String, "repeat": pl.Int64, "late": pl.Boolean, "value": pl.Float64, "cited": pl.Boolean,
}  # fmt: skip
TURN_FIELD: Final = "_turn"
"""How the fields end in which a judge cites a counselor turn."""


@dataclass(frozen=True)
class ExamRating:
    """A rating from 0 to 1, None where there is none, and the counselor turns that were cited, from 1."""

    value: float | None
    cited: frozenset[int] = frozenset()


@dataclass(frozen=True)
class SessionExamTask:
    """A task whose judge rates whole sessions. headline: the metric that `process_results` gives, from `low` to `high`."""

    name: str
    plan: JudgingPlan
    process_results: Callable[[Mapping[str, Any], Sequence[str]], Mapping[str, Any]]
    headline: str
    low: float
    high: float

    def questions(self, shown: SessionToRate) -> list[Question]:
        """The calls for one session, one for each window of it."""
        return self.plan.questions(_document(shown), Reply(shown.transcript.model_dump_json(), "reply"))

    def rating(self, shown: SessionToRate, outcomes: Sequence[CallOutcome]) -> ExamRating:
        """The rating from the calls' outcomes, by the task's own arithmetic."""
        doc, raw = _document(shown), shown.transcript.model_dump_json()
        value = self.process_results(doc, [self.plan.verdict(doc, raw, outcomes)]).get(self.headline)
        answers = [outcome.answer or {} for outcome in outcomes]
        cited = {
            int(turn)
            for answer in answers
            for name, turn in answer.items()
            if name.endswith(TURN_FIELD) and isinstance(turn, int | float) and turn > 0
        }
        scaled = None if value is None else (float(value) - self.low) / (self.high - self.low)
        return ExamRating(scaled, frozenset(cited))


def _document(shown: SessionToRate) -> dict[str, Any]:
    client = shown.transcript.client
    return {"id": shown.transcript.session, "client": client, "cluster": client}


def frame(task: str, rated: Iterable[tuple[SessionToRate, ExamRating]]) -> pl.DataFrame:
    """The ratings as FRAME; `cited` is null for sessions without a single flaw."""
    rows = [
        {
            "task": task, "item": shown.item, "session": shown.session, "flaw": shown.flaw, "shown": shown.shown,
            "variant": shown.variant, "form": shown.form, "repeat": shown.repeat, "late": shown.late, "value": rating.value,
            "cited": None if shown.turn is None else shown.turn in rating.cited,
        }
        for shown, rating in rated
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FRAME)
