"""A judge's exam, part by part, for as long as the judge may pass it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

from leaderboard.judges.bar import Bar
from leaderboard.judges.prospects import may_pass
from leaderboard.judges.sitting import read
from runners.judging import JudgeAddress, sit_exam
from runners.progress import Reporter


def examine(
    folder: Path,
    judge: JudgeAddress,
    bar: Bar | None,
    reporter: Reporter | None = None,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Let `judge` sit its exam, and write its answers into `folder`; the whole of it without a `bar`.

    With one, the exam ends after the first part that leaves no task to be passed. `tell` hears what the whole would cost before
    the first call. Raises JudgeError, ExamError.
    """
    if bar is None:
        sit_exam(folder, judge, reporter, tell)
        return
    for part in count(1):
        sit_exam(folder, judge, reporter, tell if part == 1 else None, parts=part)
        sitting = read(folder)
        if sitting.record.calls == sitting.record.whole or not may_pass(sitting, bar):
            return
