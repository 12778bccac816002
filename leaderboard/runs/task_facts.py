"""Facts about a task of a stored run, from the manifest of the version that it was made with."""

from __future__ import annotations

from counsel_leaderboard.leaderboard.runs.lm_eval_output import TaskMetadata
from counsel_leaderboard.registry.manifests import catalog


def facts(task: str, metadata: TaskMetadata) -> TaskMetadata:
    """`metadata`, as a run states it, with the installed manifest's facts where both have the same version.

    A run of another version is read with the facts in its own results. Results from before they held the manifest describe
    no metric except the headline: the others then have no range and no interval, and a note says why.
    """
    info = catalog().get(task)
    if info is None or info.version != metadata.version:
        return metadata
    return TaskMetadata.model_validate({**metadata.model_dump(), **info.manifest.record()})


FACTS = ("area", "headline", "combine", "range", "ranked", "overall", "judged")


def contradiction(metadata: TaskMetadata, holds: TaskMetadata) -> str | None:
    """The first fact in which a run's own metadata differs from the manifest of the same version; None where they agree.

    Only metrics that the run names are compared: runs from before results held metrics name none.
    """
    for fact in FACTS:
        if getattr(metadata, fact) != getattr(holds, fact):
            return fact
    for name, metric in metadata.metrics.items():
        right = holds.metrics.get(name)
        if right is None or (metric.range, metric.combine) != (right.range, right.combine):
            return f"metrics.{name}"
    return next((f"derived.{name}" for name, score in metadata.derived.items() if holds.derived.get(name) != score), None)
