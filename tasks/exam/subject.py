"""What a judged task adds, so that its judge can be examined: named in the task's YAML under `exam`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Doc = Mapping[str, Any]
Row = Mapping[str, Any]
Answer = Mapping[str, Any]

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=256, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Closed(BaseModel):
    """A part of a file of rated replies: no key but those named, no value of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RatedReply(Closed):
    """A line of a file of replies that people rated. `cluster`: what was sampled, where several replies belong together.

    A task's own class adds what its judge is shown.
    """

    task: str
    id: Name
    cluster: Name | None = None
    # The values that a rating may take are the judge's own, see `tasks.judge.exam.rated`.
    ratings: list[dict[str, str | float | int | None]] = Field(min_length=2)

    def reply_and_document(self) -> tuple[str, Doc]:
        """The reply that was rated, and a document of the task with what the judge is shown beside it."""
        raise NotImplementedError


@dataclass(frozen=True)
class ExamSubject:
    """How a task's judge is examined.

    `document`: a row of the exam's bank as a document of the task; of a pairwise task, with the row's flawed reply as what the
    sound one is compared with. `rated`: a line of a file of rated replies. `reference`: the bank's own reply to one of the
    task's documents. `mark`: from a verdict and its row to 0 (all against the reply) to 1 (all for it); a pairwise task has
    none. `best_anchor`: the kind and the text of a document's best graded answer, where that is not the reference. `in_full`:
    flaws of which every pair is asked about.
    """

    document: Callable[[Row], Doc]
    rated: type[RatedReply]
    reference: Callable[[Doc], str]
    mark: Callable[[Answer, Row], float] | None = None
    best_anchor: Callable[[Doc], tuple[str, str]] | None = None
    in_full: tuple[str, ...] = ()
