"""Checks a run before it is stored: the request must agree with the results, and the results with the samples."""

from __future__ import annotations

import math

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.runs.files import RUN_AGAIN, ResultsError, first_problem
from counsel_leaderboard.leaderboard.runs.lm_eval_output import JudgeRecord
from counsel_leaderboard.leaderboard.runs.read import RunFolder, TaskRun
from counsel_leaderboard.leaderboard.runs.task_facts import contradiction
from counsel_leaderboard.leaderboard.specs.run_request import JudgeSpec
from counsel_leaderboard.registry.scoring.aggregate import ScoredItem, combine

TOLERANCE = 1e-9


def check(run: RunFolder) -> None:
    """Raise ResultsError, naming file, rule and next step, where the parts of `run` contradict each other."""
    if len({task.metadata.source for task in run.tasks}) > 1:
        raise ResultsError(f"{run.results_file}: mixes open and upstream items; a run has one suite. To fix it, {RUN_AGAIN}.")
    judges = {(judge.model, judge.revision) for task in run.tasks if (judge := task.metadata.judge)}
    if len(judges) > 1:
        raise ResultsError(f"{run.results_file}: has several judges; a run has one. Judge it again: `counsel judge run`.")
    _check_request(run)
    for task in run.tasks:
        _check_samples(task, run.results.config.limit)
        _check_headline(run, task)


def check_manifests(run: RunFolder) -> None:
    """Raise ResultsError where a run's results say something else of a task than the installed manifest of the same version.

    Stored runs are not checked again: they passed when they were stored.
    """
    for task in run.tasks:
        if fact := contradiction(task.stated, task.metadata):
            raise ResultsError(
                f"{run.results_file}: configs.{task.name}.metadata.{fact}: is not what version {task.metadata.version} says. "
                f"A changed task needs a version, or a name, of its own. To fix it, {RUN_AGAIN}."
            )


def _check_request(run: RunFolder) -> None:
    request = run.request
    if request is None:
        return
    comparisons = {
        "tasks": (request.tasks, {task.name: task.metadata.version for task in run.tasks}),
        "limit": (request.limit, run.results.config.limit),
        "source": (request.source, run.tasks[0].metadata.source),
        "judge": (_name(request.judge), _name(run.judge)),
    }
    for what, (requested, actual) in comparisons.items():
        if requested != actual:
            raise ResultsError(
                f"{run.results_file}: {what} is {actual} but request.json asked for {requested}. "
                "Give the folder that belongs to this request."
            )


def _name(judge: JudgeSpec | JudgeRecord | None) -> tuple[str, str | None] | None:
    return (judge.model, judge.revision) if judge else None


def _expected_documents(task: TaskRun, limit: float | None) -> int:
    """The number of documents under lm-eval's limit: below 1 it is a share, rounded up as lm-eval does."""
    if limit is None:
        return task.documents
    return min(math.ceil(task.documents * limit) if limit < 1 else int(limit), task.documents)


def _check_samples(task: TaskRun, limit: float | None) -> None:
    # lm-eval's own count is that of its most complete metric, so it can be lower than the number of documents.
    total = _expected_documents(task, limit)
    if not task.asked <= len(task.samples) <= total or (limit is not None and len(task.samples) != total):
        raise ResultsError(
            f"{task.file}: holds {len(task.samples)} samples but results.json counts {total} documents, {task.asked} with a "
            f"value, for {task.name}. To fix it, {RUN_AGAIN}."
        )
    for what in ("doc_id", "doc.id"):
        values = [sample.doc_id if what == "doc_id" else sample.doc.id for sample in task.samples]
        if len(set(values)) != len(values):
            raise ResultsError(f"{task.file}: the same {what} is on several lines; each is asked once. To fix it, {RUN_AGAIN}.")
    for number, sample in enumerate(task.samples, start=1):
        if sample.doc.dataset != task.metadata.dataset.name:
            raise ResultsError(
                f"{task.file}: line {number}: an item of {sample.doc.dataset}, but the task's dataset is "
                f"{task.metadata.dataset.name}. To fix it, {RUN_AGAIN}."
            )


def items_of(task: TaskRun, metric: str) -> list[tuple[str, ScoredItem]]:
    """(item id, ScoredItem) of every document that has `metric`. Raises ResultsError where a value is not a number."""
    items = []
    for number, sample in enumerate(task.samples, start=1):
        if metric in sample.metrics:
            try:
                items.append((sample.doc.id, sample.item(metric)))
            except ValidationError as error:
                problem = first_problem(error)
                raise ResultsError(
                    f"{task.file}: line {number}: {metric} is not a value ({problem}). To fix it, {RUN_AGAIN}."
                ) from error
    return items


def _check_headline(run: RunFolder, task: TaskRun) -> None:
    meta = task.metadata
    computed = combine((item for _, item in items_of(task, meta.headline)), meta.combine)
    reported = task.reported.get(meta.headline)
    if (computed is None) != (reported is None) or not math.isclose(computed or 0, reported or 0, rel_tol=0, abs_tol=TOLERANCE):
        raise ResultsError(
            f"{run.results_file}: {task.name} reports {meta.headline} = {reported} but its samples give {computed} "
            f"(combined over {meta.combine}). Results must follow from their samples: {RUN_AGAIN}."
        )
    low, high = meta.range
    if computed is not None and not low - TOLERANCE <= computed <= high + TOLERANCE:
        raise ResultsError(
            f"{run.results_file}: {meta.headline} = {computed} is outside [{low}, {high}]. To fix it, {RUN_AGAIN}."
        )
