"""Engine `recorded`: replays stored answers from its own server, so that they take exactly the same path as any model's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from counsel_leaderboard.leaderboard.specs.evaluation_spec import Role
from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord, ModelSpec
from counsel_leaderboard.registry import card, recorded
from counsel_leaderboard.registry.recorded import RecordedModel, RecordedSource, Recording
from counsel_leaderboard.runners.engines.base import Served
from counsel_leaderboard.runners.engines.process import served_process

PREFIX = "recorded/"


@dataclass(frozen=True)
class RecordedEngine:
    """Serves the stored answers of `name`, SOURCE/MODEL, to `tasks`. Raises CardError for an unknown name or task."""

    name: str
    tasks: tuple[str, ...]
    start_timeout: float = 30.0

    def __post_init__(self) -> None:
        """Check the name and the tasks."""
        for task in self.tasks:
            recorded.recording_of(self._model, task)

    @property
    def _source(self) -> RecordedSource:
        return recorded.find(self.name)[1]

    @property
    def _model(self) -> RecordedModel:
        return recorded.find(self.name)[2]

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """What is replayed, in the order of the tasks."""
        return tuple(recorded.recording_of(self._model, task) for task in self.tasks)

    @property
    def role(self) -> Role:
        """Whether it is a model, a product or people."""
        return self._model.role

    @property
    def model(self) -> ModelSpec:
        """The model as a run records it; its revision is not known."""
        known = self._model
        return ModelSpec(name=known.name, family=known.family, parameters=known.parameters, licence=known.licence)

    def describe(self) -> EngineRecord:
        """Where the answers come from, when and how they were made as the source states it."""
        source_card = card(self._source.card)
        options: dict[str, Any] = {
            "record": f"{PREFIX}{self.name}",
            "dataset": source_card.name,
            "source": source_card.source.id,
            "commit": source_card.source.revision,
            "answered": min(recording.answered for recording in self.recordings).isoformat(),
            "decoding": self._source.decoding,
            "harness": self._source.harness,
            "answers": {recording.task: self._origin(recording) for recording in self.recordings},
        }
        if self._model.withheld:
            options["withheld"] = self._model.withheld
        # The notice must travel with what was made from the data, and with it a disclaimer where there is one.
        options["notice"] = recorded.notice(self._source)
        return EngineRecord(kind="recorded", version=version("counsel-leaderboard"), options=options)

    def _origin(self, recording: Recording) -> dict[str, Any]:
        """What is known of the answers; `first_use` is the checksum of a file whose card has none."""
        origin = recording.model_dump(mode="json", include={"answered", "prompt", "published", "labels"})
        used = recorded.first_used(self._source, recording)
        return origin if used is None else {**origin, "first_use": used.sha256}

    @contextmanager
    def serve(self) -> Iterator[Served]:
        """Start the child, yield its address, stop it. Raises EngineStartError."""
        argv = [sys.executable, "-P", "-m", "counsel_leaderboard.runners.engines.recorded.launcher"]
        argv += ["--model", self.name, "--tasks", ",".join(self.tasks)]
        with served_process(f"{PREFIX}{self.name}", argv, self.start_timeout) as (url, process):
            yield Served(
                f"{url}/v1", self.model.name, metadata={"recorded": self.name}, system_role="system", scripted=True,
                check=process.check,
            )  # fmt: skip
