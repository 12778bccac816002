"""What holds for a task of a stored run: the manifest of the version that it was made with."""

from __future__ import annotations

from counsel_leaderboard.leaderboard.runs.lm_eval_output import TaskMetadata
from counsel_leaderboard.registry.manifests import catalog


def facts(task: str, metadata: TaskMetadata) -> TaskMetadata:
    """`said`, a run's own metadata, with the installed manifest's facts where both are of one version.

    A run of another version is read by what its own results say. Those made before results held the manifest say nothing of
    metrics other than the headline: these then have no range and no interval, and a note says why.
    """
    info = catalog().get(task)
    if info is None or info.version != metadata.version:
        return metadata
    return TaskMetadata.model_validate({**metadata.model_dump(), **info.manifest.record()})


FACTS = ("area", "headline", "combine", "range", "ranked", "overall", "judged")


def contradiction(metadata: TaskMetadata, holds: TaskMetadata) -> str | None:
    """The first fact of which a run's own metadata says something else than the manifest of the same version; None: no such.

    Of its metrics those count that it names: runs made before results held metrics name none.
    """
    for fact in FACTS:
        if getattr(metadata, fact) != getattr(holds, fact):
            return fact
    for name, metric in metadata.metrics.items():
        right = holds.metrics.get(name)
        if right is None or (metric.range, metric.combine) != (right.range, right.combine):
            return f"metrics.{name}"
    return next((f"derived.{name}" for name, score in metadata.derived.items() if holds.derived.get(name) != score), None)
