"""The tasks in which a judge is examined: every installed task whose YAML has `exam`, with the functions it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lm_eval.tasks._yaml_loader import load_yaml

from counsel_leaderboard.registry.manifests import TaskInfo, catalog
from counsel_leaderboard.tasks.common.source import Items
from counsel_leaderboard.tasks.exam.exam_definition import ExamDefinition
from counsel_leaderboard.tasks.judge.plan import JudgingPlan


@dataclass(frozen=True)
class ExamTask:
    """A judged task with the parts that its YAML names."""

    info: TaskInfo
    plan: JudgingPlan
    definition: ExamDefinition
    documents: Callable[..., Items]
    messages: Callable[[Mapping[str, Any]], list[list[dict[str, str]]]]
    process_results: Callable[[Mapping[str, Any], Any], dict[str, Any]]

    @property
    def pairwise(self) -> bool:
        """Whether the judge compares two replies."""
        return self.info.manifest.pairwise


def exam_tasks() -> Mapping[str, ExamTask]:
    """The tasks by name. Raises ManifestError for a manifest that breaks a rule."""
    return _load_tasks(tuple(info.file for info in catalog().values() if info.judged))


@cache
def _load_tasks(files: tuple[Any, ...]) -> Mapping[str, ExamTask]:
    tasks = {}
    for info in catalog().values():
        if info.file in files and "exam" in (config := load_yaml(info.file)):
            parts = (config[key] for key in ("judging", "exam", "custom_dataset", "messages", "process_results"))
            tasks[info.name] = ExamTask(info, *parts)
    return tasks


def plans() -> dict[str, JudgingPlan]:
    """The plan of each of these tasks."""
    return {name: task.plan for name, task in exam_tasks().items()}
