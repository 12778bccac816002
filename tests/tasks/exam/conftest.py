"""The exam as it is shipped, and an examination without a server: a scripted judge's words for each call."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from counsel_leaderboard.leaderboard.judges.qualification.exam_run import OUTCOMES, RECORD
from counsel_leaderboard.registry.sources.loading import Loaded
from counsel_leaderboard.tasks.exam import exam_run
from counsel_leaderboard.tasks.exam.exam_questions import PARTS, Entry, exam_entries
from counsel_leaderboard.tasks.exam.transforms import Transforms
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint


class Answers(Protocol):
    """A scripted judge."""

    def answer(self, messages: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """The verdict's fields for one call."""


JUDGE = JudgeEndpoint("http://127.0.0.1:9/v1", "org/judge", revision="r1")


@pytest.fixture(scope="session")
def items() -> exam_run.ExamItems:
    return exam_run.load_items()


@pytest.fixture(scope="session")
def bank(items: exam_run.ExamItems) -> Loaded:
    return items.pairs


@pytest.fixture(scope="session")
def dialogues(items: exam_run.ExamItems) -> Loaded:
    return items.dialogues


@pytest.fixture(scope="session")
def transforms(items: exam_run.ExamItems) -> Transforms:
    return items.transforms


@pytest.fixture(scope="session")
def entries(bank: Loaded, transforms: Transforms) -> list[Entry]:
    """The questions about replies to one message."""
    return exam_entries(bank.rows, transforms)


@pytest.fixture
def examine(items: exam_run.ExamItems, entries: list[Entry], tmp_path: Path) -> Callable[..., Path]:
    """The folder of that judge's exam, or of its first parts; of replies to one message, unless it is `asked` others."""

    def sat(judge: Answers, parts: int = PARTS, asked: Sequence[Entry] = tuple(entries)) -> Path:
        outcomes = [
            CallOutcome("judged", judge.answer(entry.question.messages) | {"reason": "as scripted"})
            if entry.part <= parts
            else None
            for entry in asked
        ]
        folder = tmp_path / "exam"
        folder.mkdir(exist_ok=True)
        lines = "".join(json.dumps(line) + "\n" for line in exam_run.lines(asked, outcomes))
        (folder / OUTCOMES).write_text(lines, encoding="utf-8")
        (folder / RECORD).write_text(json.dumps(exam_run.record(JUDGE, items, asked, outcomes)), encoding="utf-8")
        return folder

    return sat
