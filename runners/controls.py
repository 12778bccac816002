"""Runs all controls that fit, through the same path as any model; done with every release of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.leaderboard.specs.run_request import FILE_NAME, RunRequest
from counsel_leaderboard.registry.manifests import Source, TaskInfo
from counsel_leaderboard.runners.engines import CONTROLS, ControlEngine
from counsel_leaderboard.runners.errors import UnknownModelError
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress


@dataclass(frozen=True)
class ControlPlan:
    """The evaluations to run, and the names of the controls that fit none of the tasks."""

    evaluations: tuple[Evaluation, ...]
    left_out: tuple[str, ...]


def plan(
    tasks: Sequence[TaskInfo],
    home: Path,
    source: Source = "open",
    limit: int | None = None,
    judge: JudgeAddress | None = None,
    names: Sequence[str] = (),
) -> ControlPlan:
    """One evaluation for each control, on those `tasks` that it fits; `names` selects controls, by default all.

    Raises UnknownModelError for a name that is no control's.
    """
    chosen = [ControlEngine(name) for name in dict.fromkeys(names)] if names else [ControlEngine(name) for name in CONTROLS]
    evaluations, left_out = [], []
    for engine in chosen:
        suitable = [task for task in tasks if task.name in engine.control.tasks and source in engine.control.sources]
        if not suitable:
            left_out.append(engine.name)
            continue
        evaluations.append(Evaluation.of(engine, suitable, home, source, limit, judge))
    if not evaluations:
        raise UnknownModelError(f"no control fits {', '.join(task.name for task in tasks)} with the source {source!r}.")
    return ControlPlan(tuple(evaluations), tuple(left_out))


def stored(evaluation: Evaluation) -> bool:
    """Whether the home folder has a run of exactly this request: same control, task versions, judge and limit."""
    request = evaluation.request
    files = (evaluation.home / "runs").glob(f"*/{FILE_NAME}")
    return any(RunRequest.model_validate_json(file.read_bytes()).same_run(request) for file in files)
