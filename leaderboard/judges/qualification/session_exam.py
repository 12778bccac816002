"""The record of a judge's exam of whole sessions: `<home>/judges/session-exams/<id>.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import polars as pl
from pydantic import ValidationError

from counsel_leaderboard.leaderboard.judges.qualification.exam_records import record_id, store
from counsel_leaderboard.leaderboard.judges.qualification.session_measures import session_measures
from counsel_leaderboard.leaderboard.judges.qualification.thresholds import faults, shipped_for_sessions
from counsel_leaderboard.leaderboard.runs.files import StorageError, first_problem
from counsel_leaderboard.registry.common.closed import Closed

FOLDER: Final = Path("judges") / "session-exams"
RECORD, RATINGS = "session_exam.json", "session_ratings.jsonl"
"""The files that the judge's process writes."""
COLUMNS: Final = {
    "task": pl.String, "item": pl.String, "session": pl.String, "flaw": pl.String, "shown": pl.String, "variant": pl.String,
    "form": pl.String, "repeat": pl.Int64, "late": pl.Boolean, "value": pl.Float64, "cited": pl.Boolean,
}  # fmt: skip


class SessionExamHead(Closed):
    """The judge as runs name it, `rubrics` by task, and the fingerprint of what it was shown; `whole`: all of the exam."""

    model: str
    revision: str | None = None
    prompt_version: str | None = None
    rubrics: dict[str, str]
    bank: str
    whole: bool

    @property
    def id(self) -> str:
        """The name of its file."""
        return record_id(self.model_dump())


class SessionMeasure(Closed):
    """One measure of `session_measures` in a task, with its 95% limits; `of`: the flaw or the part that it is about."""

    task: str
    measure: str
    of: str | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    n_missing: int


class SessionExam(Closed):
    """What a judge showed in the exam of sessions. `faults`: each threshold that it misses, in words."""

    head: SessionExamHead
    thresholds: str
    measures: tuple[SessionMeasure, ...]
    faults: tuple[str, ...]

    def text(self) -> str:
        """The record for a terminal."""
        whole = [row for row in self.measures if row.of is None]
        lines = [f"{self.head.model} on whole sessions", *(_line(row) for row in whole), *(f"- {each}" for each in self.faults)]
        if not self.head.whole:
            return "\n".join([*lines, "The short form qualifies nobody."])
        return "\n".join([*lines, "This judge misses a threshold." if self.faults else "This judge misses no threshold."])


def read(folder: Path) -> SessionExam:
    """The exam as the judge's process wrote it into `folder`, measured. Raises StorageError for files of another form."""
    try:
        head = SessionExamHead.model_validate_json((folder / RECORD).read_bytes())
        rows = [json.loads(line) for line in (folder / RATINGS).read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        problem = first_problem(error) if isinstance(error, ValidationError) else str(error)
        raise StorageError(f"{folder}: holds no exam of sessions ({problem}). Let the judge sit it again.") from error
    measured = session_measures(pl.DataFrame(rows, schema=COLUMNS))
    limits = shipped_for_sessions()
    return SessionExam(
        head=head,
        thresholds=limits.version,
        measures=tuple(SessionMeasure.model_validate(row) for row in measured.to_dicts()),
        faults=tuple(f"{fault.task}: {fault.text()}" for fault in faults(measured, limits)),
    )


def write(home: Path, exam: SessionExam) -> Path:
    """Store the record, replacing an older one of the same exam; its file. Raises StorageError."""
    return store(home / FOLDER / f"{exam.head.id}.json", exam)


def exams(home: Path) -> list[SessionExam]:
    """All stored records by file name. Raises StorageError for a file that is none."""
    return [_stored(file) for file in sorted((home / FOLDER).glob("[!.]*.json"))]


def _stored(file: Path) -> SessionExam:
    try:
        return SessionExam.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise StorageError(
            f"{file}: is no exam of sessions ({first_problem(error)}). Move it away, then let the judge sit the exam again."
        ) from error


def _line(row: SessionMeasure) -> str:
    value = "not defined" if row.value is None else f"{row.value:.3f}"
    limits = "" if row.low is None or row.high is None else f" [{row.low:.2f}, {row.high:.2f}]"
    return f"{row.task:16}  {row.measure:20}  {value}{limits}"
