"""A judge's verdicts beside people's ratings of the same replies, read from the `humans.jsonl` that the comparison wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from counsel_leaderboard.leaderboard.judges.qualification.exam_run import ExamError
from counsel_leaderboard.leaderboard.runs.files import first_problem
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.manifests import Level, catalog

FILE_NAME = "humans.jsonl"


def level_of(task: str) -> Level:
    """The level at which a judge of that task is compared with people. Raises ValueError for a task that no judge scores."""
    info = catalog().get(task)
    if info is None or info.manifest.human_ratings is None:
        raise ValueError(f"{task!r} is not a judged task that is installed here")
    return info.manifest.human_ratings


def _judged(task: str) -> str:
    level_of(task)
    return task


class RatedSetRecord(Closed):
    """Which set it was: its name, the terms of its use, the hash of its file, how many people rated; and the judge's calls."""

    set: str
    licence: str
    sha256: str
    raters: int
    calls: int
    unread: int
    prompt_tokens: int
    completion_tokens: int


class ReplyRatings(Closed):
    """One reply: its line in the set's file, the first line that was sampled with it, a rating a person, and the verdict."""

    task: Annotated[str, AfterValidator(_judged)]
    line: int
    cluster: int
    ratings: tuple[dict[str, float], ...] = Field(min_length=2)
    verdict: dict[str, float] | None


def read(file: Path) -> tuple[RatedSetRecord, list[ReplyRatings]]:
    """The comparison in a file. Raises ExamError."""
    try:
        head, *lines = [text for text in file.read_text(encoding="utf-8").split("\n") if text]
        return RatedSetRecord.model_validate_json(head), [ReplyRatings.model_validate_json(text) for text in lines]
    except (OSError, ValueError) as error:
        problem = first_problem(error) if isinstance(error, ValidationError) else str(error)
        raise ExamError(
            f"{file}: is no comparison with people of this version ({problem}). Remove it, then run `counsel judge check`."
        ) from error
