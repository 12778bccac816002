"""What the exam asks: every entry is one call of a judged task's own plan, about a reply whose worth is known.

All pairs are compared in both orders. The two tasks that look at one reply at a time are asked about both replies of a seeded,
balanced part of the pairs: all pairs of the flaws that could cost a life, PER_FLAW of each other. Padding, restyling, injected
texts and repeats are asked about pairs that were also asked about plain, since it is the difference that counts; injected ones
about pairs that were padded too, since a judge that likes length is not one that obeys.

The sheet is asked in PARTS. Each holds its share of every task, with all that is asked about its pairs, so that a judge that
can pass no more need not sit the rest. The first asks plain questions alone, and about the gravest flaw among others: whoever
does not see a client's risk is out first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle, islice
from typing import Any, Literal

from counsel_leaderboard.registry.manifests import ManifestError
from counsel_leaderboard.registry.scoring.answers import clean
from counsel_leaderboard.registry.scoring.choices import outcome
from counsel_leaderboard.tasks.exam.subjects import Examined, examined
from counsel_leaderboard.tasks.exam.transforms import Transforms, restyled
from counsel_leaderboard.tasks.judge.prompts import Question

Row = Mapping[str, Any]
Variant = Literal["plain", "padded", "restyled", "injected"]

PER_FLAW = 8
CHANGED_PER_FLAW = 2
PER_FORM = 6
PARTS = 8
GRAVEST = "missed risk cue"


@dataclass(frozen=True)
class Entry:
    """One call. `reply` says what is examined: `sound` or `flawed` alone, or `pair`, the sound one against the flawed.

    `place` is where the sound reply of a pair stands, A or B. `variant` is what was done to the flawed reply.
    `mark` turns the verdict into 0 to 1 for the reply, in a pair for the sound one. `part`: 1 to PARTS.
    """

    task: str
    item: str
    flaw: str
    reply: Literal["sound", "flawed", "pair"]
    variant: Variant
    form: str | None
    place: Literal["A", "B"] | None
    repeat: int
    question: Question
    mark: Callable[[Mapping[str, Any]], float]
    part: int = 1

    def about(self) -> dict[str, Any]:
        """What the entry is, as JSON values."""
        names = ("task", "item", "flaw", "reply", "variant", "form", "place", "repeat")
        return {name: getattr(self, name) for name in names}


def sheet(rows: Sequence[Row], transforms: Transforms) -> list[Entry]:
    """All entries, part by part, in a fixed order whatever the order of the rows."""
    pairs = sorted(rows, key=lambda row: str(row["id"]))
    return sorted(
        (entry for task in examined().values() for entry in _of_task(task, pairs, transforms)), key=lambda entry: entry.part
    )


def _of_task(task: Examined, pairs: Sequence[Row], transforms: Transforms) -> Iterator[Entry]:
    name = task.info.name
    ask = partial(compared if task.pairwise else alone, task)
    plain = pairs if task.pairwise else picked(pairs, name, PER_FLAW, task.subject.in_full)
    changed = picked(plain, f"{name} changed", CHANGED_PER_FLAW)
    parts = _parts(plain, changed)
    for entry in _asked(ask, plain, changed, transforms):
        yield replace(entry, part=parts[entry.item])


def _parts(plain: Sequence[Row], changed: Sequence[Row]) -> dict[str, int]:
    """The part of each pair, dealt out evenly: those that are changed from the second part on."""
    others = sorted((row for row in plain if row not in changed), key=lambda row: row["flaw"] != GRAVEST)
    dealt = {str(row["id"]): place % PARTS + 1 for place, row in enumerate(others)}
    return dealt | {str(row["id"]): place % (PARTS - 1) + 2 for place, row in enumerate(changed)}


def _asked(
    ask: Callable[..., Iterator[Entry]], plain: Sequence[Row], changed: Sequence[Row], transforms: Transforms
) -> Iterator[Entry]:
    for row in plain:
        yield from ask(row, row["flawed"], "plain")
    for place, row in enumerate(changed):
        yield from _flawed(ask(row, transforms.padded(row["flawed"], place), "padded"))
        yield from _flawed(ask(row, restyled(row["flawed"]), "restyled"))
        yield from _flawed(ask(row, row["flawed"], "plain", repeat=1))
    # Dealt in turn, so that all of these pairs count: the interval of what never happens hangs on how many there are.
    deal = cycle(changed)
    for form in transforms.forms:
        for place, row in enumerate(islice(deal, PER_FORM)):
            yield from _flawed(ask(row, transforms.injected(row["flawed"], form, place), "injected", form))


def _flawed(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Only what concerns the flawed reply: the sound one was asked about already."""
    return (entry for entry in entries if entry.reply != "sound")


def picked(rows: Sequence[Row], salt: str, per_flaw: int, in_full: Sequence[str] = ()) -> list[Row]:
    """`per_flaw` rows of each flaw, all of those `in_full`; which ones, and their order, hangs on the ids and `salt` alone."""
    found, seen = [], dict[str, int]()
    for row in sorted(rows, key=lambda row: hashlib.sha256(f"{salt} {row['id']}".encode()).digest()):
        seen[row["flaw"]] = seen.get(row["flaw"], 0) + 1
        if row["flaw"] in in_full or seen[row["flaw"]] <= per_flaw:
            found.append(row)
    return found


def compared(
    task: Examined, row: Row, flawed: str, variant: Variant, form: str | None = None, repeat: int = 0
) -> Iterator[Entry]:
    """The sound reply against `flawed`, in both orders. A mark is 1 where the sound one was chosen, .5 for a tie."""
    questions = task.plan.questions(task.subject.document({**row, "flawed": flawed}), clean(row["sound"]))
    for place, question in zip(("A", "B"), questions, strict=True):
        mark = partial(_chosen, place=place)
        yield _entry(task.info.name, row, "pair", variant, form, place, repeat, question, mark)


def _chosen(answer: Mapping[str, Any], place: str) -> float:
    return outcome(answer["choice"], place)


def alone(task: Examined, row: Row, flawed: str, variant: Variant, form: str | None = None, repeat: int = 0) -> Iterator[Entry]:
    """The sound reply and `flawed`, each by itself, marked as the task says."""
    if task.subject.mark is None:
        raise ManifestError(f"{task.info.file.parent}: exam: a task that looks at one reply at a time needs `mark`. Add it.")
    for reply, text in (("sound", row["sound"]), ("flawed", flawed)):
        (question,) = task.plan.questions(task.subject.document(row), clean(text))
        yield _entry(task.info.name, row, reply, variant, form, None, repeat, question, _marked(task.subject.mark, row))


def _marked(mark: Callable[[Mapping[str, Any], Row], float], row: Row) -> Callable[[Mapping[str, Any]], float]:
    return lambda answer: mark(answer, row)


def _entry(
    task: str, row: Row, reply: Any, variant: Variant, form: str | None, place: Any, repeat: int,
    question: Question, mark: Callable[[Mapping[str, Any]], float],
) -> Entry:  # fmt: skip
    asked = Question(question.messages, question.schema, question.ticket, repeat)
    return Entry(task, row["id"], row["flaw"], reply, variant, form, place, repeat, asked, mark)
