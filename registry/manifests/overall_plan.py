"""What the overall order of a suite rests on: which tasks count, and what each weighs.

It follows from the installed tasks and the figures of their reference panels, and from nothing that was submitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from counsel_leaderboard.registry.manifests.schema import Source
from counsel_leaderboard.registry.manifests.task_catalog import catalog, overall_tasks
from counsel_leaderboard.registry.manifests.task_panel import PanelEnd, task_panel


@dataclass(frozen=True)
class OverallPlan:
    """The tasks of an overall order.

    `weights`: of each task that counts, in (0, 1], 1 in all: areas weigh the same, and so do the tasks of an area. Empty where
    an area has no task left. `saturated`: the tasks that left, and at which end of the scale their panel stands. `bare_areas`:
    those that have no task left; without one of its areas there is no overall order.
    """

    weights: Mapping[str, float]
    saturated: Mapping[str, PanelEnd]
    bare_areas: tuple[str, ...]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that count, by name."""
        return tuple(self.weights)


def overall_plan(source: Source) -> OverallPlan:
    """The plan of a suite. Only the open banks have a panel, so no task of another suite is saturated."""
    tasks = overall_tasks(source)
    panels = {name: task_panel(name) for name in tasks} if source == "open" else {}
    saturated = {name: panel.saturated for name, panel in panels.items() if panel and panel.saturated}
    return plan_of({name: catalog()[name].manifest.area for name in tasks}, saturated)


def plan_of(areas: Mapping[str, str], saturated: Mapping[str, PanelEnd]) -> OverallPlan:
    """The plan of tasks whose areas are given, some of them saturated."""
    left = {task: area for task, area in sorted(areas.items()) if task not in saturated}
    bare = tuple(sorted({*areas.values()} - {*left.values()}))
    size = {area: list(left.values()).count(area) for area in left.values()}
    weights = {} if bare else {task: 1 / len(size) / size[area] for task, area in left.items()}
    return OverallPlan(weights, dict(saturated), bare)
