"""The judge card: one judge's exam and what it shows, kept as files in the home folder and never changed."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from leaderboard.files import StorageError, first_problem
from leaderboard.judges.measures import measures
from leaderboard.judges.sitting import OUTCOMES, RECORD, ExamError, Record, read

FILE_NAME = "card.json"
CARD_VERSION = "2"
"""Changes whenever the measures do; a card of another version is computed anew from its answers."""
ENDED_EARLY = (
    "The exam ended early: with every call still to come answered rightly, no task could be passed. It qualifies for nothing."
)
NO_HUMANS = (
    "no set of replies with human ratings whose licence allows its use was at hand; agreement with people is not measured"
)


class Measure(BaseModel):
    """One row of `measures.measures`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    measure: str
    of: str | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    n_missing: int


class Card(BaseModel):
    """Who sat which exam (`exam`), and what the answers show (`measures`). `humans` says whom it was compared with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    card_version: str
    exam: Record
    measures: tuple[Measure, ...]
    humans: str = NO_HUMANS

    @property
    def id(self) -> str:
        """Its folder's name: the hash of judge, exam and everything that the judge was told."""
        named = self.exam.model_dump(include={"exam_version", "model", "revision", "prompt_version", "rubrics", "bank"})
        return hashlib.sha256(json.dumps(named, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]

    @property
    def whole(self) -> bool:
        """Whether all of the exam was asked: another card qualifies nobody."""
        return self.exam.calls == self.exam.whole

    def frame(self) -> pl.DataFrame:
        """The measures as a frame."""
        strings = dict.fromkeys(("task", "measure", "of"), pl.String)
        floats = dict.fromkeys(("value", "low", "high"), pl.Float64)
        return pl.DataFrame([each.model_dump() for each in self.measures], schema_overrides={**strings, **floats})


def folder(home: Path) -> Path:
    """Where cards lie."""
    return home / "judges"


def issue(exam: Path, home: Path) -> Card:
    """Compute the card of the exam in the folder `exam` and store both under `home`, in place of an older sitting of the same.

    Raises ExamError for a folder that is no exam, StorageError where the disk refuses.
    """
    card = computed(exam)
    target = folder(home) / card.id
    try:
        folder(home).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder(home), prefix=".incoming-") as temporary:
            new = Path(temporary) / card.id
            new.mkdir()
            for name in (RECORD, OUTCOMES):
                shutil.copyfile(exam / name, new / name)
            (new / FILE_NAME).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
            if target.exists():
                target.rename(Path(temporary) / "old")
            new.rename(target)
    except OSError as error:
        raise StorageError(f"{target}: could not be written ({error.strerror}). Free space, then try again.") from error
    return card


def computed(exam: Path) -> Card:
    """The card that follows from an exam's answers. Raises ExamError."""
    sitting = read(exam)
    rows: list[dict[str, Any]] = measures(sitting.frame()).to_dicts()
    return Card(card_version=CARD_VERSION, exam=sitting.record, measures=tuple(Measure(**row) for row in rows))


def cards(home: Path) -> list[Card]:
    """All cards on file, the newest first. Raises ExamError where one cannot be read."""
    files = sorted(folder(home).glob(f"[!.]*/{FILE_NAME}"), key=lambda file: (-file.stat().st_mtime_ns, file))
    return [_load(file) for file in files]


def _load(file: Path) -> Card:
    try:
        card = Card.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise ExamError(
            f"{file}: is not a judge card of this version ({first_problem(error)}). Run `counsel judge check` again."
        ) from error
    return card if card.card_version == CARD_VERSION else computed(file.parent)
