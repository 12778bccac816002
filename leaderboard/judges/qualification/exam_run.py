"""A judge's answers to the exam, read from the folder that the exam wrote and checked line by line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal

import polars as pl
from pydantic import Field, ValidationError

from counsel_leaderboard.leaderboard.runs.files import first_problem
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import CounselError

RECORD, OUTCOMES = "exam.json", "outcomes.jsonl"
QUALIFYING: Final = "3"
"""The version of the exam that can qualify a judge. Records of older ones are read and shown."""
PAIRS: Final = ("sound/plain", "sound/slight", "slight/plain", "sound/also sound")
"""What is compared of a dialogue, the better one first."""


class ExamError(CounselError):
    """An exam folder that is not complete, or that breaks a rule."""


class ExamBank(Closed):
    """The items of the exam: the bank's fingerprint, the hash of the changes to its replies, and that of the dialogues.

    An exam before version 3 had no dialogues: `dialogues` is empty.
    """

    name: str
    fingerprint: str
    transforms: str
    dialogues: str = ""


class ExamRecord(Closed):
    """Which judge took which exam, and what it cost. `rubrics`: hash of the judge's instructions, by task.

    `whole`: calls of the exam by task, and how many of them were `asked` before it was clear that the task cannot be passed;
    `cached`: how many of those an earlier run of the exam had answered. Tokens are those of all verdicts, whenever given.
    """

    exam_version: str
    model: str
    revision: str | None
    url_host: str
    prompt_version: str
    rubrics: dict[str, str]
    bank: ExamBank
    whole: dict[str, int]
    asked: dict[str, int]
    cached: int
    unread: int
    prompt_tokens: int
    completion_tokens: int

    @property
    def calls(self) -> int:
        """The number of calls that were asked."""
        return sum(self.asked.values())

    @property
    def of(self) -> int:
        """The number of calls of the whole exam."""
        return sum(self.whole.values())


class ExamCall(Closed):
    """One call; see tasks.exam.exam_questions.Entry. `value`: the verdict on the reply, 0 to 1; null without one."""

    task: str
    item: str
    flaw: str
    reply: Literal["sound", "flawed", "pair", "slight", "plain", "also sound", *PAIRS]  # type: ignore[valid-type]
    kind: Literal["message", "danger", "flaw", "mirror", "both sound"] = "message"  # an exam before version 3 had no other
    variant: Literal["plain", "padded", "restyled", "injected"]
    form: str | None
    position: Literal["A", "B"] | None = Field(alias="place")  # the name in the file
    repeat: int
    state: Literal["judged", "unread", "unasked"]
    value: float | None = Field(ge=0, le=1)
    answer: dict[str, str | float] | None
    error: str | None


class ExamRun(Closed):
    """One judge's run of the exam, which may have stopped early."""

    record: ExamRecord
    calls: tuple[ExamCall, ...]

    def frame(self) -> pl.DataFrame:
        """The calls that were asked, one row each, without the text of the verdicts."""
        return self._all().filter(pl.col("state") != "unasked").drop("state")

    def at_best(self) -> pl.DataFrame:
        """All calls; those not asked are scored as a perfect judge would be."""
        mark = (
            pl.when(pl.col("reply").is_in(["flawed", "plain"]))
            .then(0.0)
            .when(pl.col("reply").is_in(["slight", "sound/also sound"]))
            .then(0.5)
            .otherwise(1.0)
        )
        unasked = pl.col("state") == "unasked"
        return self._all().with_columns(value=pl.when(unasked).then(mark).otherwise("value")).drop("state")

    def _all(self) -> pl.DataFrame:
        rows = [call.model_dump(exclude={"answer", "error"}) for call in self.calls]
        return pl.DataFrame(rows, schema_overrides={"form": pl.String, "position": pl.String, "value": pl.Float64})


def read(folder: Path) -> ExamRun:
    """The exam in `folder`. Raises ExamError."""
    record, outcomes = folder / RECORD, folder / OUTCOMES
    try:
        # Split only at newlines: a judge's words may contain other line separators.
        texts = [text for text in outcomes.read_text(encoding="utf-8").split("\n") if text]
        exam_run = ExamRun(
            record=ExamRecord.model_validate_json(record.read_bytes()),
            calls=tuple(ExamCall.model_validate_json(text) for text in texts),
        )
    except OSError as error:
        raise ExamError(f"{folder}: is no exam ({error}). Run `counsel judge check`, which writes one.") from error
    except (ValidationError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ExamError(
            f"{folder}: is not an exam of this version ({first_problem(error)}). Run `counsel judge check` again."
        ) from error
    calls = sum(call.state != "unasked" for call in exam_run.calls)
    if (len(exam_run.calls), calls) != (exam_run.record.of, exam_run.record.calls):
        raise ExamError(
            f"{folder}: holds {calls} of {exam_run.record.calls} calls, and {len(exam_run.calls)} of "
            f"{exam_run.record.of} lines. "
            "Run `counsel judge check` again."
        )
    return exam_run
