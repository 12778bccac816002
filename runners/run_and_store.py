"""From an evaluation to a stored run, and the choice of its tasks."""

from __future__ import annotations

from counsel_leaderboard.leaderboard.store.ingest import IngestReport, ingest
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.registry.manifests import TaskInfo, catalog, select
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.harness import context_overflow
from counsel_leaderboard.runners.judging.judge_run import JudgeSource, judge_run
from counsel_leaderboard.runners.progress import ProgressDisplay


def choose_tasks(names: str | None, judge: JudgeSource | None) -> tuple[list[TaskInfo], str]:
    """The tasks to run, and a notice about the choice, "" if none is needed.

    Named tasks are used as given. Otherwise all that a model can be asked: with a judge, and without only the judge-free ones.
    Raises UnknownTaskError.
    """
    if names is not None:
        chosen = select(list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip())))
        unjudged = [task.name for task in chosen if task.judged and judge is None]
        return chosen, _without_judge(unjudged, "are generated and left unscored") if unjudged else ""
    everything = [task for task in catalog().values() if not task.manifest.recorded_only]
    if judge is not None:
        return everything, ""
    left_out = [task.name for task in everything if task.judged]
    return [task for task in everything if not task.judged], _without_judge(left_out, "are left out") if left_out else ""


def _without_judge(names: list[str], what: str) -> str:
    how = "Set COUNSEL_JUDGE_URL and COUNSEL_JUDGE_MODEL, or give --judge-model, to have them scored."
    return f"No judge is set, so {', '.join(names)} {what}. {how}"


def run_and_store(evaluation: Evaluation, display: ProgressDisplay) -> IngestReport:
    """Generate, judge, ingest; the answers stay in the work folder until the run is stored. Raises CounselError."""
    name = evaluation.engine.model.name
    with display.step(f"{name}: {counted(len(evaluation.tasks), 'task')}, answering") as step:
        folder = evaluation.generate(step)
    if evaluation.engine.role != "control":
        for note in filter(None, (context_overflow.overflow_message(folder), evaluation.failed_requests_message())):
            display.print_line(f"{name}: {note}")
    if evaluation.judge is not None:
        with display.step(f"{name}: judging with {evaluation.judge.model}") as step:
            judge_run(folder, evaluation.judge, step)
    report = ingest(folder, evaluation.home)
    evaluation.discard_work()
    return report
