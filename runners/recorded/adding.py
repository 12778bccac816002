"""Makes recorded runs and the controls beside them, and stores each; what is stored already is left alone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.registry import card, recorded
from counsel_leaderboard.registry.common.errors import CounselError, FetchError
from counsel_leaderboard.registry.manifests import TaskInfo, catalog, select
from counsel_leaderboard.runners.controls import stored
from counsel_leaderboard.runners.engines import CONTROLS, ControlEngine, RecordedEngine
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.progress import ProgressDisplay
from counsel_leaderboard.runners.recorded import session_raters
from counsel_leaderboard.runners.recorded.judges import PublishedJudge, write_cards

AT_A_TIME = 2
"""lm_eval works on one core; more at a time than cores would only wait for each other."""

UNJUDGED = ("empty",)
"""Controls of a judged task whose replies need no judge."""


@dataclass(frozen=True)
class Added:
    """Names of the models and controls that were stored now, those that were there, and a line for each that failed."""

    new: tuple[str, ...]
    known: tuple[str, ...]
    failed: tuple[str, ...]


def evaluation(name: str, tasks: Sequence[str], home: Path) -> Evaluation:
    """The evaluation of one recorded model, SOURCE/KEY, on the published items of the tasks."""
    _, source, model = recorded.find(name)
    labels = [recorded.recording_of(model, task).labels for task in tasks]
    named = next((label for label in labels if label), None)
    judge = PublishedJudge(named, card(source.card).source.revision) if named else None
    return Evaluation.of(RecordedEngine(name, tuple(tasks)), select(list(tasks)), home, "upstream", judge=judge)


def controls(tasks: Sequence[str], home: Path) -> list[Evaluation]:
    """One evaluation for each control, on those of the tasks' published items that it fits and that need no judge for it."""
    evaluations = []
    for name in CONTROLS:
        engine = ControlEngine(name)
        fitting = [task for task in select(list(tasks)) if _fits(engine, task)] if tasks else []
        if fitting:
            evaluations.append(Evaluation.of(engine, fitting, home, "upstream"))
    return evaluations


def _fits(engine: ControlEngine, task: TaskInfo) -> bool:
    scored = not task.judged or engine.name in UNJUDGED
    return scored and task.name in engine.control.tasks and "upstream" in engine.control.sources


def add(ready: Mapping[str, tuple[str, ...]], home: Path, display: ProgressDisplay) -> Added:
    """Make and store the runs of the models in `ready`, then the controls on their tasks; in this order, whichever ends first.

    A run that fails leaves nothing stored, and the others go on.
    """
    models = [evaluation(name, tasks, home) for name, tasks in ready.items()]
    asked = {task for tasks in ready.values() for task in tasks}
    planned = [*models, *controls([name for name in catalog() if name in asked], home)]
    known = [planned_run for planned_run in planned if stored(planned_run)]
    waiting = [planned_run for planned_run in planned if planned_run not in known]
    failed: list[str] = _cards(ready, home)
    new = []
    for planned_run, error in _generated(waiting, display):
        if error is None:
            try:
                ingest(planned_run.folder, home)
            except CounselError as refused:
                error = refused
        if error is None:
            planned_run.discard_work()
            new.append(planned_run.engine.model.name)
        else:
            failed.append(f"{planned_run.engine.model.name}: {error}")
    return Added(tuple(new), tuple(planned_run.engine.model.name for planned_run in known), tuple(failed))


def _cards(ready: Mapping[str, tuple[str, ...]], home: Path) -> list[str]:
    """Write the cards of labels and of raters; a line for each source whose files for them are here and cannot be read."""
    failed = []
    for source in sorted({name.partition("/")[0] for name in ready}):
        tasks = {task for name, asked in ready.items() if name.startswith(f"{source}/") for task in asked}
        try:
            write_cards(source, tasks, home)
            session_raters.write(source, home)
        except FetchError:
            continue  # what could not be had was said when it was looked for
        except CounselError as error:
            failed.append(f"{source}: its labels or raters have no card, so no score by them may be ranked: {error}")
    return failed


def _generated(waiting: Sequence[Evaluation], display: ProgressDisplay) -> Iterator[tuple[Evaluation, CounselError | None]]:
    """Answer several at a time; each with its error, in the order given. A line after each says how much time is left."""

    def generate(planned_run: Evaluation) -> CounselError | None:
        try:
            with display.step(f"{planned_run.engine.model.name}: {', '.join(task.name for task in planned_run.tasks)}") as step:
                planned_run.generate(step)
        except CounselError as error:
            return error
        return None

    began = time.monotonic()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for number, (planned_run, error) in enumerate(zip(waiting, pool.map(generate, waiting), strict=True), start=1):
            yield planned_run, error
            left = (time.monotonic() - began) / number * (len(waiting) - number)
            if number < len(waiting):
                display.print_line(f"{number} of {len(waiting)} runs answered, about {left:.0f} s left")
