"""What `registry/recorded/sources/*.yaml` says of a source: whose answers it holds, from when, and how they came about."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Role = Literal["candidate", "product", "people"]
"""A language model, a commercial bot whose model is not known, or a group of people."""
Format = Literal["stigma", "response", "vera-mh", "invisiblebench"]
SESSIONS: Final = ("vera-mh", "invisiblebench")
"""The formats that hold whole sessions."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=256, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._() -]{0,99}$")]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recording(_Closed):
    """The answers of one model to the items of one task: a split of the source's card, in one of the formats.

    A split of answers has one file; a split of sessions may have several.

    `answered`: the day of the answers, as the source states it. `prompt`: what came before each item. `published`: the figure
    of the authors, shown beside ours. `labels`: the name of the judge that the published verdicts make.
    """

    task: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,99}$")]
    split: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    format: Format
    answered: datetime.date
    prompt: Text
    published: Text | None = None
    labels: Text | None = None

    @property
    def of_sessions(self) -> bool:
        """Whether it holds whole sessions."""
        return self.format in SESSIONS


class RecordedModel(_Closed):
    """One name on the board. `withheld`: why its replies are never shown, where they are not."""

    name: Name
    role: Role = "candidate"
    family: Text | None = None
    parameters: Annotated[int, Field(ge=0)] | None = None
    licence: Text | None = None
    withheld: Text | None = None
    recordings: tuple[Recording, ...] = Field(min_length=1)

    @property
    def key(self) -> str:
        """The name as it stands in a command: without spaces and brackets."""
        return re.sub(r"[^A-Za-z0-9._]+", "-", self.name).strip("-")

    @model_validator(mode="after")
    def _one_recording_a_task(self) -> RecordedModel:
        tasks = [recording.task for recording in self.recordings]
        if twice := sorted({task for task in tasks if tasks.count(task) > 1}):
            raise ValueError(f"{self.name}: {', '.join(twice)} has two recordings, and a row has one")
        return self


class LabelCheck(_Closed):
    """A split in which people labelled the same replies as `labels` did: those of `model`, to the items of `task`."""

    split: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    labels: Text
    model: Text
    task: Text


class RecordedSource(_Closed):
    """One source: the name of its dataset card, what it states of decoding and harness, and which labels people checked.

    `ratings`: the split with what people said of its sessions. `left_out`: sessions that are not used, and why.
    """

    card: Slug
    decoding: Text
    harness: Text
    models: tuple[RecordedModel, ...] = ()
    label_checks: tuple[LabelCheck, ...] = ()
    ratings: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    left_out: dict[str, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_name_once(self) -> RecordedSource:
        names = [model.key.casefold() for model in self.models]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{', '.join(twice)} stands here twice")
        return self
