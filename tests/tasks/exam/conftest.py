"""The exam as it is shipped, and an examination without a server: a scripted judge's words for each call."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from counsel_leaderboard import registry
from counsel_leaderboard.leaderboard.judges.qualification.exam_run import OUTCOMES, RECORD
from counsel_leaderboard.registry.sources.loading import Loaded
from counsel_leaderboard.tasks.exam import exam_run
from counsel_leaderboard.tasks.exam.exam_questions import PARTS, Entry, exam_entries
from counsel_leaderboard.tasks.exam.transforms import Transforms, load
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint
from tests.tasks.exam.scripted_judges import Perfect

JUDGE = JudgeEndpoint("http://127.0.0.1:9/v1", "org/judge", revision="r1")


@pytest.fixture(scope="session")
def bank() -> Loaded:
    return registry.load("open-judge-exam")


@pytest.fixture(scope="session")
def transforms() -> Transforms:
    return load()


@pytest.fixture(scope="session")
def entries(bank: Loaded, transforms: Transforms) -> list[Entry]:
    return exam_entries(bank.rows, transforms)


@pytest.fixture
def examine(bank: Loaded, transforms: Transforms, entries: list[Entry], tmp_path: Path) -> Callable[..., Path]:
    """The folder of that judge's exam, or of its first parts."""

    def sat(judge: Perfect, parts: int = PARTS) -> Path:
        outcomes = [
            CallOutcome("judged", judge.answer(entry.question.messages) | {"reason": "as scripted"})
            if entry.part <= parts
            else None
            for entry in entries
        ]
        folder = tmp_path / "exam"
        folder.mkdir(exist_ok=True)
        lines = "".join(json.dumps(line) + "\n" for line in exam_run.lines(entries, outcomes))
        (folder / OUTCOMES).write_text(lines, encoding="utf-8")
        (folder / RECORD).write_text(json.dumps(exam_run.record(JUDGE, bank, transforms, entries, outcomes)), encoding="utf-8")
        return folder

    return sat
