"""A file of replies that people rated by a task's own rubric; docs/judges.md gives its format.

The first line names the set and the terms under which it may be used. Every other line is one reply, with what the task's judge
would be shown, and two people's ratings of it or more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.scoring.answers import clean
from counsel_leaderboard.registry.scoring.choices import outcome
from counsel_leaderboard.tasks.exam.subject import Closed, Name, RatedReply
from counsel_leaderboard.tasks.exam.subjects import examined
from counsel_leaderboard.tasks.judge.prompts import Question

FORMAT = "docs/judges.md gives the format. Correct the file, then try again; nothing of it was used."
YES_NO = {"yes": 1.0, "no": 0.0}


class RatedError(CounselError):
    """A file of rated replies that breaks its format; nothing of it was used."""


class Head(Closed):
    """Which set it is; `licence`: the terms under which it may be used here, in the words of whoever holds it."""

    set: Name
    licence: Name


@dataclass(frozen=True)
class Item:
    """One rated reply. `line` is its place in the file, `cluster` the line of the first item that belongs with it.

    `ratings`: by rater, then by dimension, as numbers; what was not rated is not there.
    """

    line: int
    cluster: int
    task: str
    questions: Sequence[Question]
    ratings: Mapping[str, dict[str, float]]


@dataclass(frozen=True)
class RatedSet:
    """The whole file; `raters`: how many people."""

    head: Head
    sha256: str
    raters: int
    items: Sequence[Item]


def number(value: Any) -> float:
    """A value of a verdict as a number: a score as it is, yes 1 and no 0, A 1, a tie .5 and B 0."""
    if not isinstance(value, str):
        return float(value)
    return YES_NO[value] if value in YES_NO else outcome(value, "A")


def read(file: Path) -> RatedSet:
    """The set in a file. Raises RatedError, naming file and line."""
    try:
        raw = file.read_bytes()
        # At newlines alone: a reply may hold other line ends.
        texts = [(place, text) for place, text in enumerate(raw.decode("utf-8").split("\n"), 1) if text.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise RatedError(f"{file}: cannot be read as UTF-8 text ({error}). {FORMAT}") from error
    if len(texts) < 2:
        raise RatedError(f"{file}: needs a first line that names the set and a line for each rated reply. {FORMAT}")
    head = _head(file, *texts[0])
    lines = [(place, _line(file, place, text)) for place, text in texts[1:]]
    items, seen, clusters = [], dict[str, int](), dict[tuple[str, str], int]()
    for place, line in lines:
        if line.id in seen:
            raise RatedError(f"{file}, line {place}: the id {line.id!r} is that of line {seen[line.id]} too. {FORMAT}")
        seen[line.id] = place
        # A cluster of one's own must not meet another line's name for its cluster.
        cluster = clusters.setdefault(("named", line.cluster) if line.cluster else ("own", line.id), place)
        items.append(_item(file, place, cluster, line))
    raters = {rater for item in items for rater in item.ratings}
    return RatedSet(head, f"sha256:{hashlib.sha256(raw).hexdigest()}", len(raters), items)


def _head(file: Path, place: int, text: str) -> Head:
    try:
        return Head.model_validate_json(text)
    except ValidationError as error:
        rule = 'must be {"set": its name, "licence": the terms that allow its use}'
        raise RatedError(f"{file}, line {place}: {rule} ({_problem(error)}). {FORMAT}") from error


class _Task(BaseModel):
    model_config = ConfigDict(extra="ignore")

    task: str


def _line(file: Path, place: int, text: str) -> RatedReply:
    try:
        task = _Task.model_validate_json(text).task
        if task not in examined():
            raise RatedError(
                f"{file}, line {place}: is no rated reply (task: must be one of {', '.join(examined())}). {FORMAT}"
            )
        return examined()[task].subject.rated.model_validate_json(text)
    except ValidationError as error:
        raise RatedError(f"{file}, line {place}: is no rated reply ({_problem(error)}). {FORMAT}") from error


def _questions(line: RatedReply) -> list[Question]:
    """The judge's calls about a reply; none where it, or the one that it is compared with, holds no reply."""
    task = examined()[line.task]
    reply, document = line.reply_and_document()
    if task.pairwise:
        other = clean(document["reference"])
        document = {**document, "reference": other.text}
        if other.state != "reply":
            return []
    return task.plan.questions(document, clean(reply))


def _item(file: Path, place: int, cluster: int, line: RatedReply) -> Item:
    try:
        questions = _questions(line)
        if not questions:
            raise ValueError("a reply is empty, or a thought in it never ends")
        named = [_rating(line.task, rating) for rating in line.ratings]
        if len(dict(named)) < len(named):
            raise ValueError("ratings: one rater stands there twice")
    except ValueError as error:
        raise RatedError(f"{file}, line {place}: {error}. {FORMAT}") from error
    return Item(place, cluster, line.task, questions, dict(named))


def _rating(task: str, rating: dict[str, Any]) -> tuple[str, dict[str, float]]:
    """The rater's name and the numbers given. Raises ValueError."""
    fields = examined()[task].plan.fields
    rater = rating.get("rater")
    if not isinstance(rater, str) or not rater.strip():
        raise ValueError('ratings: each needs a "rater", a text that tells people apart')
    given = {name: value for name, value in rating.items() if name != "rater" and value is not None}
    if not given or not given.keys() <= fields.keys():
        raise ValueError(f"ratings: each gives one or more of {', '.join(fields)}, and nothing else")
    for name, value in given.items():
        allowed = fields[name]["enum"]
        if value not in allowed:
            raise ValueError(f"ratings: {name} must be one of {', '.join(map(str, allowed))}")
    return rater.strip(), {name: number(value) for name, value in given.items()}


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])
