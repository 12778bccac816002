"""One evaluation, from a model to a run folder: start the engine, generate answers and store them, for judging and ingest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.leaderboard.runs.read import GENERATION_FILE
from counsel_leaderboard.leaderboard.specs.evaluation_spec import EvaluationSpec
from counsel_leaderboard.leaderboard.specs.run_request import FILE_NAME, RunRequest
from counsel_leaderboard.registry.common.hashing import short_hash
from counsel_leaderboard.registry.manifests import Source, TaskInfo
from counsel_leaderboard.runners.engines.base import EngineSpec
from counsel_leaderboard.runners.harness import context_overflow
from counsel_leaderboard.runners.harness.lm_eval import Harness
from counsel_leaderboard.runners.harness.proxy import Proxy, running_proxy
from counsel_leaderboard.runners.harness.quoting import quoted
from counsel_leaderboard.runners.harness.task_folders import require_sound
from counsel_leaderboard.runners.judging.judge_run import JudgeSource
from counsel_leaderboard.runners.progress import Reporter
from counsel_leaderboard.runners.sessions.session_setup import SessionSetup

MESSAGES_FILE = "server_messages.txt"
WORK = "work"
SESSIONS = "sessions"
MAX_MESSAGES = 5


@dataclass(frozen=True)
class Evaluation:
    """The spec of an evaluation, the engine that answers it, and the folder of its files until they are stored.

    `judge` is the one that `spec` names, None if it names none. `of` derives the spec from the rest.
    """

    spec: EvaluationSpec
    engine: EngineSpec
    tasks: Sequence[TaskInfo]
    home: Path
    judge: JudgeSource | None = None

    @classmethod
    def of(
        cls, engine: EngineSpec, tasks: Sequence[TaskInfo], home: Path, source: Source = "open", limit: int | None = None,
        judge: JudgeSource | None = None,
    ) -> Evaluation:  # fmt: skip
        """The evaluation that a command describes. A judge is ignored if no task needs one."""
        judging = judge if any(task.judged for task in tasks) else None
        spec = EvaluationSpec(
            model=engine.model.name, revision=engine.model.revision, engine=engine.describe().kind, source=source,
            tasks={task.name: task.version for task in tasks}, limit=limit,
            judge=judging.model if judging else None, judge_revision=judging.revision if judging else None,
        )  # fmt: skip
        return cls(spec, engine, tasks, home, judging)

    @property
    def request(self) -> RunRequest:
        """What the run records: the spec, model, engine and judge."""
        judge = self.judge.record() if self.judge else None
        return RunRequest.of(self.spec, self.engine.model, self.engine.describe(), judge, self.engine.role)

    @property
    def work(self) -> Path:
        """The work folder; kept if the evaluation fails, so that the same command continues from its answers.

        One folder for each spec, with a subfolder for each recorded engine, its options and its host: answers of two engines
        must never be mixed.
        """
        return self.home / WORK / self.spec.spec_id / short_hash(self.request.record())

    @property
    def folder(self) -> Path:
        """The finished run folder."""
        return self.work / "run"

    def generate(self, reporter: Reporter) -> Path:
        """Answer every item of every task and write the run folder. Raises RunError, TaskFolderError."""
        require_sound(self.tasks)
        harness = Harness(self.work, self.tasks, self.spec.source, self.spec.limit)
        for stale in (harness.output, self.folder):
            shutil.rmtree(stale, ignore_errors=True)
        sessions = self._sessions()
        with self.engine.serve() as served, running_proxy(served, sessions=sessions) as proxy:
            harness.run(proxy, served, reporter.update)
        self._collect(harness, proxy)
        return self.folder

    def _sessions(self) -> SessionSetup | None:
        """What sessions need, if a task has some; their turns are stored beside the answers, to go on from."""
        played = any(task.played for task in self.tasks)
        return SessionSetup.of_settings(self.engine.model.name, self.work / SESSIONS) if played else None

    def _collect(self, harness: Harness, proxy: Proxy) -> None:
        results = next(harness.output.rglob("results_*.json"))
        results.parent.rename(self.folder)
        (self.folder / FILE_NAME).write_text(self.request.text() + "\n", encoding="utf-8")
        traffic = proxy.traffic
        cut = traffic.prompt_counts.cut()
        generation = traffic.record() | context_overflow.record(self.folder, proxy.context, traffic.too_long, cut)
        (self.folder / GENERATION_FILE).write_text(json.dumps(generation, indent=1) + "\n", encoding="utf-8")
        messages = "\n".join(dict.fromkeys(traffic.messages))
        (self.work / MESSAGES_FILE).write_text(messages, encoding="utf-8")

    def failed_requests_message(self) -> str:
        """How many requests got no answer, and the server's messages about them; "" if all got one.

        For the terminal only: a server's message may repeat a prompt.
        """
        generation = json.loads((self.folder / GENERATION_FILE).read_text(encoding="utf-8"))
        if not generation["failed"]:
            return ""
        messages = (self.work / MESSAGES_FILE).read_text(encoding="utf-8").splitlines()
        total = generation["failed"] + generation["answered"]
        counts = f"{generation['failed']} of {total} requests"
        filtered = f" ({generation['filtered']} refused by the server's content filter)" if generation["filtered"] else ""
        return f"{counts} got no answer and are left unscored{filtered}:\n{quoted(messages[:MAX_MESSAGES])}"

    def discard_work(self) -> None:
        """Delete the work folder once its run is stored; another engine's answers to the same spec stay."""
        shutil.rmtree(self.work, ignore_errors=True)
        with suppress(OSError):
            self.work.parent.rmdir()
