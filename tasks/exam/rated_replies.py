"""A file of replies that people rated by a task's own rubric; docs/method/judges.md gives its format.

The first line names the set and the terms under which it may be used. Every other line is one reply with the context that the
task's judge would see and the ratings of at least two people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from counsel_leaderboard.registry.common.closed import StrictlyClosed
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.scoring.choices import outcome
from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.exam.exam_definition import Name, RatedReply
from counsel_leaderboard.tasks.exam.exam_tasks import exam_tasks
from counsel_leaderboard.tasks.judge.prompts import Question

FORMAT = "docs/method/judges.md gives the format. Correct the file, then try again; nothing of it was used."
YES_NO = {"yes": 1.0, "no": 0.0}


class RatedError(CounselError):
    """A file of rated replies that breaks its format; nothing of it was used."""


class RatedSetHeader(StrictlyClosed):
    """The name of the set; `licence`: the terms under which it may be used here, in the words of the rights holder."""

    set: Name
    licence: Name


@dataclass(frozen=True)
class RatedItem:
    """One rated reply. `line` is its line number, `cluster` the line number of the first item in its cluster.

    `ratings`: numbers by rater, then by dimension; dimensions that were not rated are left out.
    """

    line: int
    cluster: int
    task: str
    questions: Sequence[Question]
    ratings: Mapping[str, dict[str, float]]


@dataclass(frozen=True)
class RatedReplies:
    """The whole file; `raters` is the number of people."""

    head: RatedSetHeader
    sha256: str
    raters: int
    items: Sequence[RatedItem]


def number(value: Any) -> float:
    """A value of a verdict as a number: a score is unchanged, yes is 1 and no 0, A is 1, a tie .5 and B 0."""
    if not isinstance(value, str):
        return float(value)
    return YES_NO[value] if value in YES_NO else outcome(value, "A")


def read(file: Path) -> RatedReplies:
    """The rated set in a file. Raises RatedError, which names the file and the line."""
    try:
        raw = file.read_bytes()
        # Split at newlines only: a reply may contain other line ends.
        texts = [(line_number, text) for line_number, text in enumerate(raw.decode("utf-8").split("\n"), 1) if text.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise RatedError(f"{file}: cannot be read as UTF-8 text ({error}). {FORMAT}") from error
    if len(texts) < 2:
        raise RatedError(f"{file}: needs a first line that names the set and a line for each rated reply. {FORMAT}")
    head = _head(file, *texts[0])
    lines = [(line_number, _line(file, line_number, text)) for line_number, text in texts[1:]]
    items, seen, clusters = [], dict[str, int](), dict[tuple[str, str], int]()
    for line_number, line in lines:
        if line.id in seen:
            raise RatedError(
                f"{file}, line {line_number}: the id {line.id!r} is already used on line {seen[line.id]}. {FORMAT}"
            )
        seen[line.id] = line_number
        # A line without a cluster forms its own; its id must not collide with the name of another line's cluster.
        cluster = clusters.setdefault(("named", line.cluster) if line.cluster else ("own", line.id), line_number)
        items.append(_item(file, line_number, cluster, line))
    raters = {rater for item in items for rater in item.ratings}
    return RatedReplies(head, f"sha256:{hashlib.sha256(raw).hexdigest()}", len(raters), items)


def _head(file: Path, line_number: int, text: str) -> RatedSetHeader:
    try:
        return RatedSetHeader.model_validate_json(text)
    except ValidationError as error:
        rule = 'must be {"set": its name, "licence": the terms that allow its use}'
        raise RatedError(f"{file}, line {line_number}: {rule} ({_problem(error)}). {FORMAT}") from error


class _Task(BaseModel):
    model_config = ConfigDict(extra="ignore")

    task: str


def _line(file: Path, line_number: int, text: str) -> RatedReply:
    try:
        task = _Task.model_validate_json(text).task
        if task not in exam_tasks():
            raise RatedError(
                f"{file}, line {line_number}: is not a rated reply (task: must be one of {', '.join(exam_tasks())}). {FORMAT}"
            )
        return exam_tasks()[task].definition.rated.model_validate_json(text)
    except ValidationError as error:
        raise RatedError(f"{file}, line {line_number}: is not a rated reply ({_problem(error)}). {FORMAT}") from error


def _questions(line: RatedReply) -> list[Question]:
    """The judge's calls about a reply; none if it, or the reply it is compared with, holds no reply text."""
    task = exam_tasks()[line.task]
    reply, document = line.reply_and_document()
    if task.pairwise:
        other = clean(document["reference"])
        document = {**document, "reference": other.text}
        if other.state != "reply":
            return []
    return task.plan.questions(document, clean(reply))


def _item(file: Path, line_number: int, cluster: int, line: RatedReply) -> RatedItem:
    try:
        questions = _questions(line)
        if not questions:
            raise ValueError("a reply is empty, or a thought in it never ends")
        fields = exam_tasks()[line.task].plan.fields_for(line.reply_and_document()[1])
        ratings = [_rating(fields, rating) for rating in line.ratings]
        if len(dict(ratings)) < len(ratings):
            raise ValueError("ratings: the same rater occurs twice")
    except ValueError as error:
        raise RatedError(f"{file}, line {line_number}: {error}. {FORMAT}") from error
    return RatedItem(line_number, cluster, line.task, questions, dict(ratings))


def _rating(fields: Mapping[str, Any], rating: dict[str, Any]) -> tuple[str, dict[str, float]]:
    """The rater's name and the numbers given, each in a field that the judge is asked for. Raises ValueError."""
    rater = rating.get("rater")
    if not isinstance(rater, str) or not rater.strip():
        raise ValueError('ratings: each needs a "rater", a text that tells people apart')
    given = {name: value for name, value in rating.items() if name != "rater" and value is not None}
    if not given or not given.keys() <= fields.keys():
        raise ValueError(f"ratings: each gives one or more of {', '.join(fields)}, and no other field")
    for name, value in given.items():
        allowed = fields[name]["enum"]
        if value not in allowed:
            raise ValueError(f"ratings: {name} must be one of {', '.join(map(str, allowed))}")
    return rater.strip(), {name: number(value) for name, value in given.items()}


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(map(str, first["loc"]))
    return f"{field}: {first['msg']}" if field else str(first["msg"])
