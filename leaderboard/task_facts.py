"""What holds for a task of a stored run: the manifest of the version that it was made with."""

from __future__ import annotations

from leaderboard.lm_eval_format import TaskMetadata
from registry.manifests import catalog


def facts(task: str, said: TaskMetadata) -> TaskMetadata:
    """`said`, a run's own metadata, with the installed manifest's facts where both are of one version.

    A run of another version is read by what its own results say. Those made before results held the manifest say nothing of
    metrics other than the headline: these then have no range and no interval, and a note says why.
    """
    info = catalog().get(task)
    if info is None or info.version != said.version:
        return said
    return TaskMetadata.model_validate({**said.model_dump(), **info.manifest.record()})
