"""What a judged task must define so that its judge can be examined; the task's YAML names it under `exam`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from counsel_leaderboard.registry.common.closed import StrictlyClosed

Doc = Mapping[str, Any]
Row = Mapping[str, Any]
Answer = Mapping[str, Any]

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=256, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]


class RatedReply(StrictlyClosed, ABC):
    """A line of a file of replies that people rated. `cluster`: the sampling unit, if several replies belong together.

    Each task's subclass adds what its judge is shown.
    """

    task: str
    id: Name
    cluster: Name | None = None
    # The values allowed in a rating are those of the judge's verdict, see `tasks.exam.rated_replies`.
    ratings: list[dict[str, str | float | int | None]] = Field(min_length=2)

    @abstractmethod
    def reply_and_document(self) -> tuple[str, Doc]:
        """The rated reply, and a document of the task with the context that the judge is shown."""


@dataclass(frozen=True)
class ExamDefinition:
    """How a task's judge is examined.

    `document`: turns a row of the exam's bank into a document of the task; for a pairwise task the row's flawed reply is the
    reference. `dialogue`: the same of a row of the bank of dialogues; for a pairwise task the reply under `other` is the
    reference. `rated`: the class of a line in a file of rated replies. `reference`: the bank's reply to one of the task's
    documents. `score`: a verdict's score on a row, from 0 (fully against the reply) to 1 (fully for it); a pairwise task has
    none. `best_anchor`: the kind and text of a document's best graded answer, if that is not the reference. `in_full`: flaws
    of which every pair is in the exam.
    """

    document: Callable[[Row], Doc]
    dialogue: Callable[[Row], Doc]
    rated: type[RatedReply]
    reference: Callable[[Doc], str]
    score: Callable[[Answer, Row], float] | None = None
    best_anchor: Callable[[Doc], tuple[str, str]] | None = None
    in_full: tuple[str, ...] = ()
