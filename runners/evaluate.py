"""One evaluation from a model to a run folder: engine up, generate and store, judge, ready to ingest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from leaderboard.catalogue import TaskInfo
from leaderboard.request import FILE_NAME, Request
from leaderboard.results import GENERATION_FILE
from runners import fitting
from runners.engines.base import EngineSpec
from runners.harness import Harness
from runners.judging import JudgeSource
from runners.progress import Reporter
from runners.quoting import quoted
from runners.relay import Relay, relayed

MESSAGES_FILE = "server_messages.txt"
SHOWN = 5


@dataclass(frozen=True)
class Evaluation:
    """What is asked of one model, and where its files lie until they are stored."""

    spec: EngineSpec
    tasks: Sequence[TaskInfo]
    home: Path
    source: Literal["open", "upstream"] = "open"
    limit: int | None = None
    judge: JudgeSource | None = None

    @property
    def judging(self) -> JudgeSource | None:
        """The judge, where a task needs one: a request must not name a judge that its results never met."""
        return self.judge if any(task.judged for task in self.tasks) else None

    @property
    def request(self) -> Request:
        """The request as it is recorded; its id names the work folder."""
        return Request(
            model=self.spec.model,
            role="control" if self.spec.role == "control" else "candidate",
            engine=self.spec.describe(),
            source=self.source,
            tasks={task.name: task.version for task in self.tasks},
            limit=self.limit,
            judge=self.judging.record() if self.judging else None,
        )

    @property
    def work(self) -> Path:
        """Kept when the evaluation fails, so that the same command goes on from the answers it has."""
        return self.home / "work" / self.request.id

    @property
    def folder(self) -> Path:
        """The finished run folder."""
        return self.work / "run"

    def generate(self, reporter: Reporter) -> Path:
        """Answer every item of every task and write the run folder. Raises RunError."""
        harness = Harness(self.work, [task.name for task in self.tasks], self.source, self.limit)
        for stale in (harness.output, self.folder):
            shutil.rmtree(stale, ignore_errors=True)
        with self.spec.serve() as served, relayed(served) as relay:
            harness.run(relay, served, reporter.update)
        self._collect(harness, relay)
        return self.folder

    def _collect(self, harness: Harness, relay: Relay) -> None:
        results = next(harness.output.rglob("results_*.json"))
        results.parent.rename(self.folder)
        (self.folder / FILE_NAME).write_text(self.request.text() + "\n", encoding="utf-8")
        generation = relay.traffic.record() | fitting.record(self.folder, relay.context, relay.traffic.too_long)
        (self.folder / GENERATION_FILE).write_text(json.dumps(generation, indent=1) + "\n", encoding="utf-8")
        messages = "\n".join(dict.fromkeys(relay.traffic.messages))
        (self.work / MESSAGES_FILE).write_text(messages, encoding="utf-8")

    def losses(self) -> str:
        """How many requests got no answer, and what the server said of them; "" where all got one.

        For the terminal alone: what a server says may repeat a prompt.
        """
        generation = json.loads((self.folder / GENERATION_FILE).read_text(encoding="utf-8"))
        if not generation["failed"]:
            return ""
        said = (self.work / MESSAGES_FILE).read_text(encoding="utf-8").splitlines()
        of = generation["failed"] + generation["answered"]
        return f"{generation['failed']} of {of} requests got no answer and are left unscored:\n{quoted(said[:SHOWN])}"

    def discard_work(self) -> None:
        """Remove the work folder, once its run is stored."""
        shutil.rmtree(self.work, ignore_errors=True)
