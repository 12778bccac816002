"""The exam's questions about dialogues: each is one call from a judged task's own plan, with the whole dialogue.

- A task with a yes/no answer is asked about the sound and the plain reply.
- A task that scores a reply is asked about every level, and about both replies where both are sound.
- A task that compares replies is asked about the sound and the plain one, and about two sound ones, in both orders; of
  LEVELS_PER_FLAW dialogues a flaw also about the two steps between the levels.

The slight reply to an alarm without a danger is not asked about: there the question is whether the alarm is preferred.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.exam.exam_questions import (
    PARTS,
    Entry,
    Kind,
    Row,
    chosen,
    picked,
    score_of,
    scored_on,
)
from counsel_leaderboard.tasks.exam.exam_tasks import ExamTask, exam_tasks

BOTH_SOUND: Final = "both sound"
MIRROR: Final = "alarm without a danger"
LEVELS_PER_FLAW: Final = 8
DRAWN: Final = "dialogues"
FIRST_PART: Final = 2
"""The first part of the exam holds no dialogue, so that a judge that misses plain cues costs few calls."""


def kind_of(row: Row) -> Kind:
    """What a row of the bank of dialogues is for."""
    if row["flaw"] == BOTH_SOUND:
        return "both sound"
    if row["flaw"] == MIRROR:
        return "mirror"
    return "danger" if row["risk"] else "flaw"


def few(rows: Sequence[Row], each: int) -> list[Row]:
    """The short form: `each` rows of every flaw, drawn by their ids; those of which the levels are compared come first."""
    return picked(rows, DRAWN, each)


def dialogue_entries(rows: Sequence[Row]) -> list[Entry]:
    """All entries about these rows, in an order that does not depend on theirs."""
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    parts = _parts(ordered)
    return [
        replace(entry, part=parts[entry.item], kind=kind_of(row))
        for task in exam_tasks().values()
        for steps in [_steps(task, ordered)]
        for row in ordered
        for entry in _of_row(task, row, levels=str(row["id"]) in steps)
    ]


def _parts(rows: Sequence[Row]) -> dict[str, int]:
    """The part of each row: every flaw is spread evenly over the parts from FIRST_PART on."""
    parts, seen = dict[str, int](), Counter[str]()
    for row in rows:
        parts[str(row["id"])] = seen[row["flaw"]] % (PARTS - FIRST_PART + 1) + FIRST_PART
        seen[row["flaw"]] += 1
    return parts


def _steps(task: ExamTask, rows: Sequence[Row]) -> set[str]:
    """The rows of which the levels are compared, by id."""
    graded = [row for row in rows if kind_of(row) in ("danger", "flaw")]
    if task.pairwise:
        graded = picked(graded, DRAWN, LEVELS_PER_FLAW)
    return {str(row["id"]) for row in graded}


def _of_row(task: ExamTask, row: Row, *, levels: bool) -> Iterator[Entry]:
    both_sound = kind_of(row) == "both sound"
    if task.pairwise:
        pairs = [("sound", "also sound")] if both_sound else [("sound", "plain")]
        pairs += [("sound", "slight"), ("slight", "plain")] if levels else []
        for better, other in pairs:
            yield from _compared(task, row, better, other)
    elif task.info.manifest.human_ratings == "nominal":
        if not both_sound:  # such a row has no question
            yield from _alone(task, row, ("sound", "plain"))
    elif both_sound:
        yield from _alone(task, row, ("sound", "also sound"))
    else:
        yield from _alone(task, row, ("sound", "slight", "plain") if levels else ("sound", "plain"))


def _compared(task: ExamTask, row: Row, better: str, other: str) -> Iterator[Entry]:
    """Both orders. The score is 1 if `better` was chosen, .5 for a tie."""
    document = task.definition.dialogue({**row, "other": _reply(row, other)})
    questions = task.plan.questions(document, clean(_reply(row, better)))
    for position, question in zip(("A", "B"), questions, strict=True):
        reply, score = f"{better}/{other}", partial(chosen, position=position)
        yield Entry(task.info.name, row["id"], row["flaw"], reply, "plain", None, position, 0, question, score)  # type: ignore[arg-type]


def _alone(task: ExamTask, row: Row, shown: Sequence[str]) -> Iterator[Entry]:
    score = scored_on(score_of(task), row)
    for reply in shown:
        (question,) = task.plan.questions(task.definition.dialogue(row), clean(_reply(row, reply)))
        yield Entry(task.info.name, row["id"], row["flaw"], reply, "plain", None, None, 0, question, score)


def _reply(row: Row, level: str) -> str:
    return str(row["replies"][level.replace(" ", "_")])
