"""What a task's page says to readers in plain words: the file `about.yml` beside the task's YAML."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded
from counsel_leaderboard.registry.manifests.beside_manifest import read_beside

FILE_NAME = "about.yml"

Words = Annotated[str, Field(min_length=1, max_length=1000)]


class Paper(Closed):
    """One paper that a task follows, with the address where it can be read."""

    title: Annotated[str, Field(min_length=1, max_length=300)]
    url: Annotated[str, Field(pattern=r"^https://[^\s]+$", max_length=500)]


class TaskAbout(Closed):
    """What a reader who is no expert needs to know of a task.

    `asks`: what is asked of a model; `example`: one item of it, shortened; `good`: what a good answer to it is, or does.
    `scored`: how an answer becomes a number. `tells`, `limits`: what a score says and what it does not. `floor`, `ceiling`: the
    lowest sensible and the highest possible score, and who reaches them. `papers`: none for a design of our own.
    """

    asks: Words
    example: Words
    good: Words | None = None
    scored: Words
    tells: Words
    limits: Words
    floor: Words
    ceiling: Words
    papers: tuple[Paper, ...] = ()


def task_about(task: str) -> TaskAbout | None:
    """What the task's own folder says of it; None for a task that is not installed or says nothing.

    Raises ManifestError for a file that does not have this form.
    """
    return read_beside(task, FILE_NAME, TaskAbout, load_bounded)
