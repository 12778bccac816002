"""The exam's questions: every entry is one call from a judged task's own plan, about a reply of known quality.

A pairwise task compares all pairs in both orders. The two tasks that judge one reply at a time are asked about both replies of
a seeded, balanced sample of the pairs: all pairs with flaws that could cost a life, and PER_FLAW of each other flaw. Padded,
restyled, injected and repeated versions are asked only about pairs that are also asked plain, because the difference counts.
Injected versions use pairs that are also padded, to tell a judge that prefers length from one that obeys the injection.

The exam has PARTS parts. Each holds a share of every task with all questions about its pairs, so that a judge that can no
longer pass may skip the rest. The first part has only plain questions and includes the gravest flaw, so that a judge that
misses a client's risk fails first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle, islice
from typing import Any, Literal

from counsel_leaderboard.registry.manifests import ManifestError
from counsel_leaderboard.registry.scoring.choices import outcome
from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.exam.exam_tasks import ExamTask, exam_tasks
from counsel_leaderboard.tasks.exam.transforms import Transforms, restyled
from counsel_leaderboard.tasks.judge.prompts import Question

Row = Mapping[str, Any]
Variant = Literal["plain", "padded", "restyled", "injected"]
Kind = Literal["message", "danger", "flaw", "mirror", "both sound"]
"""A pair that answers one message, or an item of the bank of dialogues: with a flaw that could cost a life, with another
flaw, with an alarm where nothing is wrong, or with two sound replies."""

PER_FLAW = 8
CHANGED_PER_FLAW = 2
PER_FORM = 6
PARTS = 8
GRAVEST = "missed risk cue"


@dataclass(frozen=True)
class Entry:
    """One call. `reply` is what is examined: the `sound` or the `flawed` reply alone, or the `pair`, sound against flawed.

    Of a dialogue it is the level alone, `sound`, `slight`, `plain` or `also sound`, or two of them, as `sound/plain`.
    `sound_position` is the position of the sound (or first named) reply in a pair, A or B. `variant` is the change made to the
    flawed reply. `score` gives a verdict's score from 0 to 1: for the reply, in a pair for the sound reply. `part`: 1 to PARTS.
    """

    task: str
    item: str
    flaw: str
    reply: str
    variant: Variant
    form: str | None
    sound_position: Literal["A", "B"] | None
    repeat: int
    question: Question
    score: Callable[[Mapping[str, Any]], float]
    part: int = 1
    kind: Kind = "message"

    def identity(self) -> dict[str, Any]:
        """The fields that identify the entry, as JSON values."""
        return {
            "task": self.task, "item": self.item, "flaw": self.flaw, "reply": self.reply, "variant": self.variant,
            "form": self.form, "place": self.sound_position, "repeat": self.repeat, "kind": self.kind,
        }  # fmt: skip


def exam_entries(rows: Sequence[Row], transforms: Transforms) -> list[Entry]:
    """All entries, sorted by part, in an order that does not depend on the order of the rows."""
    pairs = sorted(rows, key=lambda row: str(row["id"]))
    return sorted(
        (entry for task in exam_tasks().values() for entry in _of_task(task, pairs, transforms)), key=lambda entry: entry.part
    )


def _of_task(task: ExamTask, pairs: Sequence[Row], transforms: Transforms) -> Iterator[Entry]:
    name = task.info.name
    ask = partial(compared if task.pairwise else alone, task)
    plain = pairs if task.pairwise else picked(pairs, name, PER_FLAW, task.definition.in_full)
    changed = picked(plain, f"{name} changed", CHANGED_PER_FLAW)
    parts = _parts(plain, changed)
    for entry in _entries(ask, plain, changed, transforms):
        yield replace(entry, part=parts[entry.item])


def _parts(plain: Sequence[Row], changed: Sequence[Row]) -> dict[str, int]:
    """The part of each pair, spread evenly; changed pairs begin with the second part."""
    others = sorted((row for row in plain if row not in changed), key=lambda row: row["flaw"] != GRAVEST)
    parts = {str(row["id"]): index % PARTS + 1 for index, row in enumerate(others)}
    return parts | {str(row["id"]): index % (PARTS - 1) + 2 for index, row in enumerate(changed)}


def _entries(
    ask: Callable[..., Iterator[Entry]], plain: Sequence[Row], changed: Sequence[Row], transforms: Transforms
) -> Iterator[Entry]:
    for row in plain:
        yield from ask(row, row["flawed"], "plain")
    for index, row in enumerate(changed):
        yield from _flawed(ask(row, transforms.padded(row["flawed"], index), "padded"))
        yield from _flawed(ask(row, restyled(row["flawed"]), "restyled"))
        yield from _flawed(ask(row, row["flawed"], "plain", repeat=1))
    # Cycling uses every changed pair: the confidence interval of an event that never happens depends on the number of pairs.
    rotation = cycle(changed)
    for form in transforms.forms:
        for index, row in enumerate(islice(rotation, PER_FORM)):
            yield from _flawed(ask(row, transforms.injected(row["flawed"], form, index), "injected", form))


def _flawed(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Only entries with the flawed reply: the sound reply was already asked about alone."""
    return (entry for entry in entries if entry.reply != "sound")


def picked(rows: Sequence[Row], salt: str, per_flaw: int, in_full: Sequence[str] = ()) -> list[Row]:
    """`per_flaw` rows of each flaw, all rows of flaws `in_full`; choice and order depend only on the ids and `salt`."""
    selected, seen = [], dict[str, int]()
    for row in sorted(rows, key=lambda row: hashlib.sha256(f"{salt} {row['id']}".encode()).digest()):
        seen[row["flaw"]] = seen.get(row["flaw"], 0) + 1
        if row["flaw"] in in_full or seen[row["flaw"]] <= per_flaw:
            selected.append(row)
    return selected


def compared(
    task: ExamTask, row: Row, flawed: str, variant: Variant, form: str | None = None, repeat: int = 0
) -> Iterator[Entry]:
    """The sound reply against `flawed`, in both orders. The score is 1 if the sound reply was chosen, .5 for a tie."""
    questions = task.plan.questions(task.definition.document({**row, "flawed": flawed}), clean(row["sound"]))
    for position, question in zip(("A", "B"), questions, strict=True):
        score = partial(chosen, position=position)
        yield _entry(task.info.name, row, "pair", variant, form, position, repeat, question, score)


def score_of(task: ExamTask) -> Callable[[Mapping[str, Any], Row], float]:
    """The `score` of a task whose judge sees one reply at a time. Raises ManifestError where it has none."""
    if task.definition.score is None:
        raise ManifestError(
            f"{task.info.file.parent}: exam: a task whose judge sees one reply at a time needs `score`. Add it."
        )
    return task.definition.score


def chosen(answer: Mapping[str, Any], position: str) -> float:
    """1 if the reply at `position` was chosen, .5 for a tie, else 0."""
    return outcome(answer["choice"], position)


def alone(task: ExamTask, row: Row, flawed: str, variant: Variant, form: str | None = None, repeat: int = 0) -> Iterator[Entry]:
    """The sound reply and `flawed`, each alone, scored by the task's own `score`."""
    score = score_of(task)
    for reply, text in (("sound", row["sound"]), ("flawed", flawed)):
        (question,) = task.plan.questions(task.definition.document(row), clean(text))
        yield _entry(task.info.name, row, reply, variant, form, None, repeat, question, scored_on(score, row))


def scored_on(score: Callable[[Mapping[str, Any], Row], float], row: Row) -> Callable[[Mapping[str, Any]], float]:
    """A task's `score` of a verdict on a reply to this row."""
    return lambda answer: score(answer, row)


def _entry(
    task: str, row: Row, reply: Any, variant: Variant, form: str | None, position: Any, repeat: int,
    question: Question, score: Callable[[Mapping[str, Any]], float],
) -> Entry:  # fmt: skip
    repeated = replace(question, repeat=repeat)
    return Entry(task, row["id"], row["flaw"], reply, variant, form, position, repeat, repeated, score)
