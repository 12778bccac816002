"""Runs a judge's exam part by part, for as long as the judge can still pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from counsel_leaderboard.leaderboard.judges.qualification.early_stopping import open_tasks
from counsel_leaderboard.leaderboard.judges.qualification.exam_run import read
from counsel_leaderboard.leaderboard.judges.qualification.thresholds import Thresholds
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress, run_exam
from counsel_leaderboard.runners.progress import Reporter


def examine(
    folder: Path,
    judge: JudgeAddress,
    thresholds: Thresholds | None,
    reporter: Reporter | None = None,
    on_cost: Callable[[str], None] | None = None,
) -> None:
    """Run the exam of `judge` and write its answers into `folder`; without `thresholds`, all of it.

    With thresholds, a task's exam ends after the part that makes passing impossible. `on_cost` receives the estimated cost of
    the whole exam before the first call. Raises JudgingError, ExamError.
    """
    if thresholds is None:
        run_exam(folder, judge, reporter, on_cost)
        return
    parts = Counter(name for name, task in catalog().items() if task.judged)
    while True:
        run_exam(folder, judge, reporter, on_cost, parts=parts)
        on_cost = None
        undecided = open_tasks(read(folder), thresholds)
        if not undecided:
            return
        parts.update(undecided)
