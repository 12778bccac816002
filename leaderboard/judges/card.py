"""Judge cards: one judge's exam and its measures, stored as files in the home folder and never changed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from counsel_leaderboard.leaderboard.judges import human_ratings
from counsel_leaderboard.leaderboard.judges.human_agreement import HumanAgreement, people
from counsel_leaderboard.leaderboard.judges.qualification.exam_measures import measures
from counsel_leaderboard.leaderboard.judges.qualification.exam_run import (
    OUTCOMES,
    QUALIFYING,
    RECORD,
    ExamError,
    ExamRecord,
    read,
)
from counsel_leaderboard.leaderboard.judges.qualification.thresholds import Fault, Thresholds, faults
from counsel_leaderboard.leaderboard.runs.files import first_problem, refused
from counsel_leaderboard.registry.common.atomic import folder_beside
from counsel_leaderboard.registry.common.closed import Closed

FILE_NAME = "card.json"
CARD_VERSION = "5"
"""Changes whenever the measures do; a card of another version is recomputed from its answers."""
NO_HUMANS = (
    "no set of replies with human ratings whose licence allows its use was available; agreement with people is not measured"
)


class Measure(Closed):
    """One row of `measures.measures`."""

    task: str
    measure: str
    of: str | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    n_missing: int


class JudgeCard(Closed):
    """Which judge took which exam (`exam`) and its `measures`; `people`: the people it was compared with, if any.

    at_best: the measures if every call that was not asked had been answered correctly; empty where the whole exam was asked.
    """

    card_version: str
    exam: ExamRecord
    measures: tuple[Measure, ...]
    at_best: tuple[Measure, ...] = ()
    people: HumanAgreement | None = None

    @property
    def id(self) -> str:
        """The name of its folder: the hash of judge, exam, prompt version and rubrics."""
        named = self.exam.model_dump(include={"exam_version", "model", "revision", "prompt_version", "rubrics", "bank"})
        if not self.exam.bank.dialogues:  # the id of a card before there were any stays
            del named["bank"]["dialogues"]
        return hashlib.sha256(json.dumps(named, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]

    @property
    def older(self) -> bool:
        """Whether it is of another version of the exam than the one that can qualify a judge."""
        return self.exam.exam_version != QUALIFYING

    def whole(self, task: str) -> bool:
        """Whether all of a task's exam was asked: a part does not qualify a judge."""
        return self.exam.asked[task] == self.exam.whole[task]

    def qualifies(self, task: str, thresholds: Thresholds) -> bool:
        """Whether the judge's scores in a task may be ranked: the whole of the present exam was asked, and no limit missed."""
        return not self.older and self.whole(task) and all(fault.task != task for fault in self.faults(thresholds))

    def ended_early(self, task: str) -> str:
        """The point at which a task's exam stopped, in words; empty where all of it was asked."""
        calls, whole = self.exam.asked[task], self.exam.whole[task]
        return "" if calls == whole else f"ended after {calls} of {whole} calls, because it could no longer be passed"

    @property
    def humans(self) -> str:
        """The people that the judge was compared with, in words."""
        return self.people.text() if self.people else NO_HUMANS

    def faults(self, thresholds: Thresholds) -> list[Fault]:
        """The thresholds it violates; in a task whose exam stopped early, only those that no further answer could meet."""
        broken = faults(self.frame(), thresholds)
        if not self.at_best:
            return broken
        certain = {(fault.task, fault.fault, fault.of) for fault in faults(_frame(self.at_best), thresholds)}
        return [fault for fault in broken if self.whole(fault.task) or (fault.task, fault.fault, fault.of) in certain]

    def frame(self) -> pl.DataFrame:
        """The measures as a frame."""
        return _frame(self.measures)


def _frame(rows: Sequence[Measure]) -> pl.DataFrame:
    strings = dict.fromkeys(("task", "measure", "of"), pl.String)
    floats = dict.fromkeys(("value", "low", "high"), pl.Float64)
    return pl.DataFrame([row.model_dump() for row in rows], schema_overrides={**strings, **floats})


def folder(home: Path) -> Path:
    """The folder of the cards."""
    return home / "judges"


def issue(exam: Path, home: Path) -> JudgeCard:
    """Compute the card of the exam in the folder `exam` and store both under `home`, replacing an older run of the same exam.

    A stored comparison with people stays unless the exam has a new one: the card's id covers everything that both depend on.
    Raises ExamError for a folder that is not an exam, StorageError where it cannot be written.
    """
    card = computed(exam)
    target = folder(home) / card.id
    if card.people is None:
        card = card.model_copy(update={"people": _people(target)})
    compared = exam if (exam / human_ratings.FILE_NAME).is_file() else target
    try:
        with folder_beside(target) as temporary:
            new = temporary / card.id
            new.mkdir()
            for name in (RECORD, OUTCOMES):
                shutil.copyfile(exam / name, new / name)
            if card.people is not None:
                shutil.copyfile(compared / human_ratings.FILE_NAME, new / human_ratings.FILE_NAME)
            (new / FILE_NAME).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
            if target.exists():
                target.rename(temporary / "old")
            new.rename(target)
    except OSError as error:
        raise refused(target, error) from error
    return card


def computed(exam: Path) -> JudgeCard:
    """The card that follows from an exam's answers, and from a comparison with people beside them. Raises ExamError."""
    exam_run = read(exam)
    return JudgeCard(
        card_version=CARD_VERSION,
        exam=exam_run.record,
        measures=_measures(exam_run.frame()),
        at_best=() if exam_run.record.calls == exam_run.record.of else _measures(exam_run.at_best()),
        people=_people(exam),
    )


def _measures(calls: pl.DataFrame) -> tuple[Measure, ...]:
    return tuple(Measure(**row) for row in measures(calls).to_dicts())


def _people(exam: Path) -> HumanAgreement | None:
    """The comparison with people stored beside an exam's answers, if there is one. Raises ExamError."""
    file = exam / human_ratings.FILE_NAME
    return people(*human_ratings.read(file)) if file.is_file() else None


def rated_replies_file(home: Path) -> Path | None:
    """The set of replies with people's ratings on this host, if there is one."""
    file = folder(home) / human_ratings.FILE_NAME
    return file if file.is_file() else None


def cards(home: Path) -> list[JudgeCard]:
    """All stored cards, the newest first. Raises ExamError where one cannot be read."""
    files = sorted(folder(home).glob(f"[!.]*/{FILE_NAME}"), key=lambda file: (-file.stat().st_mtime_ns, file))
    return [_load(file) for file in files]


def _load(file: Path) -> JudgeCard:
    try:
        content = json.loads(file.read_bytes())
        # This check comes first: a card of another version may have another form.
        if isinstance(content, dict) and content.get("card_version") not in (None, CARD_VERSION):
            return computed(file.parent)
        return JudgeCard.model_validate(content)
    except ValueError as error:
        raise ExamError(
            f"{file}: is not a judge card of this version ({first_problem(error)}). Run `counsel judge check` again."
        ) from error
