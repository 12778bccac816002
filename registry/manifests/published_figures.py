"""The published figures of people that manifests name, by suite, task and metric."""

from __future__ import annotations

from counsel_leaderboard.registry.manifests.schema import ReferenceLine, Source
from counsel_leaderboard.registry.manifests.task_catalog import catalog


def reference_lines(source: Source, task: str, metric: str) -> tuple[ReferenceLine, ...]:
    """The lines of a metric, by its full name, in a suite; none for a task that is not installed."""
    info = catalog().get(task)
    if info is None:
        return ()
    manifest = info.manifest
    return tuple(
        line for line in manifest.reference_lines
        if source in line.suites and (line.metric or manifest.headline) == metric
    )  # fmt: skip
