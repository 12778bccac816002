"""One evaluation from a model to a run folder: engine up, generate and store, judge, ready to ingest."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

from leaderboard.catalogue import TaskInfo
from leaderboard.request import FILE_NAME, Judge, Request
from leaderboard.results import GENERATION_FILE
from runners.engines.base import EngineSpec
from runners.errors import RunError
from runners.harness import Harness
from runners.relay import Traffic, relayed


class JudgeError(RunError):
    """Judging ended without verdicts written; the generated answers are kept."""

    reason = "judge_unreachable"


class Reporter(Protocol):
    """Where an evaluation says how far it is."""

    def update(self, done: int, total: int | None) -> None:
        """`done` of `total` steps; total None while it is unknown."""


class JudgeSource(Protocol):
    """Who judges: an endpoint that is up, or a model that is served for as long as the judging takes."""

    @property
    def model(self) -> str:
        """The name under which it is asked and recorded."""

    @property
    def revision(self) -> str | None:
        """Its commit SHA or checksum, None where it is unknown."""

    def record(self) -> Judge:
        """As a run records it."""

    def serving(self) -> AbstractContextManager[JudgeAddress]:
        """Its address, for the length of the block. Raises JudgeError where it cannot be served."""


@dataclass(frozen=True)
class JudgeAddress:
    """An OpenAI-compatible endpoint that judges; its key comes from $COUNSEL_JUDGE_KEY alone.

    parallel: calls at a time, None for what the environment says. known_as: what stands in records and cache keys in the place
    of host and port, for a server whose port is another at each start.
    """

    url: str
    model: str
    revision: str | None = None
    parallel: int | None = None
    known_as: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> JudgeAddress | None:
        """The judge that $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL name, or None. COUNSEL_JUDGE=none means none."""
        url, model = environment.get("COUNSEL_JUDGE_URL"), environment.get("COUNSEL_JUDGE_MODEL")
        if environment.get("COUNSEL_JUDGE") == "none" or not url or not model:
            return None
        return cls(url, model, environment.get("COUNSEL_JUDGE_REVISION"))

    def record(self) -> Judge:
        """As a run records it: the host alone of the address."""
        return Judge(model=self.model, url_host=urlsplit(self.url).hostname, revision=self.revision)

    def serving(self) -> AbstractContextManager[JudgeAddress]:
        """Itself: it is up already."""
        return nullcontext(self)


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
        self._collect(harness, relay.traffic)
        return self.folder

    def _collect(self, harness: Harness, traffic: Traffic) -> None:
        results = next(harness.output.rglob("results_*.json"))
        results.parent.rename(self.folder)
        (self.folder / FILE_NAME).write_text(self.request.text() + "\n", encoding="utf-8")
        (self.folder / GENERATION_FILE).write_text(json.dumps(traffic.record(), indent=1) + "\n", encoding="utf-8")

    def discard_work(self) -> None:
        """Remove the work folder, once its run is stored."""
        shutil.rmtree(self.work, ignore_errors=True)


def judge_run(folder: Path, judge: JudgeSource, reporter: Reporter | None = None) -> None:
    """Judge the stored answers in `folder` in a child process. Raises JudgeError; the answers stay as they are then."""
    with judge.serving() as address:
        _judge_at(folder, address, reporter)
    _record_judge(folder, judge)


def _environment(judge: JudgeAddress) -> dict[str, str]:
    """What the judging child reads: this judge, and nothing that the caller's environment says of another."""
    said = {
        "COUNSEL_JUDGE_URL": judge.url,
        "COUNSEL_JUDGE_MODEL": judge.model,
        "COUNSEL_JUDGE_REVISION": judge.revision,
        "COUNSEL_JUDGE_HOST": judge.known_as,
        "COUNSEL_JUDGE_CONCURRENCY": str(judge.parallel) if judge.parallel else os.environ.get("COUNSEL_JUDGE_CONCURRENCY"),
    }
    kept = {name: value for name, value in os.environ.items() if name != "COUNSEL_JUDGE" and name not in said}
    return kept | {name: value for name, value in said.items() if value}


def _judge_at(folder: Path, judge: JudgeAddress, reporter: Reporter | None) -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tasks.judge", str(folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=_environment(judge), text=True,
    )  # fmt: skip
    lines: list[str] = []
    assert process.stderr is not None  # noqa: S101 - asked for with PIPE just above
    try:
        for line in process.stderr:
            lines.append(line.rstrip())
            if reporter and (step := _progress(line)):
                reporter.update(*step)
        process.wait()
    finally:
        # A reporter or a signal may end the judging early; the child must not go on writing into the folder.
        process.kill()
        process.wait()
        process.stderr.close()
    if process.returncode != 0:
        tail = "\n".join(f"  | {line[:300]}" for line in lines[-15:])
        raise JudgeError(f"judging {folder} ended with exit code {process.returncode}. Its last lines:\n{tail}")


def _record_judge(folder: Path, judge: JudgeSource) -> None:
    """Say in the folder's request, where it has one, who judged it: a request that its results contradict is not stored."""
    for file in (*folder.glob(FILE_NAME), *folder.glob(f"*/{FILE_NAME}")):
        request = Request.model_validate_json(file.read_bytes()).model_copy(update={"judge": judge.record()})
        file.write_text(request.text() + "\n", encoding="utf-8")


def _progress(line: str) -> tuple[int, int] | None:
    """`judged 3/10` from a progress line, as (3, 10)."""
    words = line.split()
    if len(words) >= 2 and words[0] == "judged" and "/" in words[1]:
        done, _, total = words[1].partition("/")
        if done.isdecimal() and total.isdecimal():
            return int(done), int(total)
    return None
