"""Engine `control`: a scripted model in its own server, so that controls take exactly the same path as models."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

from counsel_leaderboard.leaderboard.specs.evaluation_spec import Role
from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord, ModelSpec
from counsel_leaderboard.runners.engines.base import Served
from counsel_leaderboard.runners.engines.controls.scripts import CONTROLS, Control
from counsel_leaderboard.runners.engines.process import served_process
from counsel_leaderboard.runners.errors import UnknownModelError


@dataclass(frozen=True)
class ControlEngine:
    """Serves the control called `name`. Raises UnknownModelError if there is none."""

    name: str
    start_timeout: float = 30.0
    role: Role = "control"

    def __post_init__(self) -> None:
        """Check the name. Raises UnknownModelError."""
        if self.name not in CONTROLS:
            raise UnknownModelError(f"there is no control {self.name!r}; there are {', '.join(sorted(CONTROLS))}.")

    @property
    def control(self) -> Control:
        """The script, and the tasks that it fits."""
        return CONTROLS[self.name]

    @property
    def model(self) -> ModelSpec:
        """The control as a run records it."""
        return ModelSpec(name=f"control/{self.name}", parameters=0)

    def describe(self) -> EngineRecord:
        """The engine as a run records it: controls change only with this package."""
        return EngineRecord(kind="control", version=version("counsel-leaderboard"))

    @contextmanager
    def serve(self) -> Iterator[Served]:
        """Start the child, yield its address, stop it. Raises EngineStartError."""
        argv = [sys.executable, "-P", "-m", "counsel_leaderboard.runners.engines.controls.launcher", "--control", self.name]
        with served_process(f"control({self.name})", argv, self.start_timeout) as (url, process):
            yield Served(f"{url}/v1", self.model.name, scripted=True, check=process.check)
