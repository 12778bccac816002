"""Early stopping of the exam: the tasks that a judge can still pass."""

from __future__ import annotations

from counsel_leaderboard.leaderboard.judges.qualification.exam_measures import measures
from counsel_leaderboard.leaderboard.judges.qualification.exam_run import ExamRun
from counsel_leaderboard.leaderboard.judges.qualification.thresholds import Thresholds, faults


def open_tasks(exam_run: ExamRun, thresholds: Thresholds) -> set[str]:
    """The tasks with calls left that would be passed if all of those were answered correctly.

    Stopping in the others cannot change the exam's result, so the intervals need no correction for looking early.
    """
    record = exam_run.record
    to_come = {task for task, calls in record.whole.items() if record.asked[task] < calls}
    return to_come - {fault.task for fault in faults(measures(exam_run.at_best()), thresholds)}
