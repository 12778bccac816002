"""The demo: recorded runs of named models, then a small real model and some controls on a sample of the open items.

The small model also judges, as an example of a judge that deserves no trust.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.registry import recorded
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.registry.manifests import TaskInfo, catalog
from counsel_leaderboard.runners.engines import AlreadyServed, ControlEngine, EngineSpec
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.judging.judge_run import SERVED_HERE_SECONDS, JudgeAddress, judge_run
from counsel_leaderboard.runners.models import demo_model
from counsel_leaderboard.runners.progress import ProgressDisplay, Reporter, Unit
from counsel_leaderboard.runners.recorded.adding import add
from counsel_leaderboard.runners.recorded.availability import look

DEMO_LIMIT = 4  # one stigma question for each condition of the experiment, four psyllm turns: two minutes, mostly judging
DEMO_TAG = "counsel-demo"  # the tasks that carry this tag in their YAML
DEMO_CONTROLS = ("letter-a", "letter-c", "empty", "template")  # an lm_eval start for each, and a judged reply for each turn
SOURCE_SECONDS = 20.0
HARNESSES = 2  # lm_eval spends its first seconds importing, on one core each


class DemoEndedError(CounselError):
    """The demo ends, so this evaluation ends too."""


@dataclass(frozen=True)
class _Until:
    """Passes progress on to `reporter`, and ends the evaluation that reports it once `ended` is set."""

    ended: threading.Event
    reporter: Reporter

    def update(self, done: int, total: int | None, unit: Unit = "") -> None:
        """As the reporter's. Raises DemoEndedError."""
        if self.ended.is_set():
            raise DemoEndedError("the demo was ended.")
        self.reporter.update(done, total, unit)


@dataclass(frozen=True)
class Demo:
    """Stores recorded runs under `home`, then those of the demo's model and controls, `limit` items per task.

    `source_seconds`: how long each source of recorded answers may take to give its files. `model` gives the
    candidate, and `generate` has an evaluation's items answered.
    """

    home: Path
    limit: int = DEMO_LIMIT
    source_seconds: float = SOURCE_SECONDS
    model: Callable[[], EngineSpec] = demo_model
    generate: Callable[[Evaluation, Reporter], Path] = Evaluation.generate

    def run(self, display: ProgressDisplay) -> None:
        """Store the recorded runs that can be had, then answer, judge and store the live ones; raises the first error there."""
        self.add_recorded(display)
        with display.step("fetching SmolLM2-135M-Instruct (98 MB, once)"):
            candidate = self.model()
        with candidate.serve() as served:
            # The judge is the candidate's own server: one model in memory, and an example of a judge that deserves no trust.
            judge = JudgeAddress(served.base_url, served.model, candidate.model.revision, timeout_s=SERVED_HERE_SECONDS)
            specs: list[EngineSpec] = [AlreadyServed(candidate, served), *map(ControlEngine, DEMO_CONTROLS)]
            evaluations = [self._evaluation(spec, judge) for spec in specs]
            self._generate(evaluations, display)
            self._judge(evaluations, display)
        self._store(evaluations, display)

    def add_recorded(self, display: ProgressDisplay) -> None:
        """Store the recorded runs in their fixed order; what is missing is said in one line a source and is no error."""
        given = look(tuple(recorded.models()), self.source_seconds, display.print_line)
        added = add(given.ready, self.home, display)
        for line in (*given.lines(), *added.failed):
            display.print_line(line)

    def _evaluation(self, spec: EngineSpec, judge: JudgeAddress) -> Evaluation:
        return Evaluation.of(spec, _tasks_for(spec), self.home, limit=self.limit, judge=judge)

    def _generate(self, evaluations: Sequence[Evaluation], display: ProgressDisplay) -> None:
        ended = threading.Event()

        def generate(evaluation: Evaluation) -> None:
            with display.step(
                f"{evaluation.engine.model.name}: answering {', '.join(t.name for t in evaluation.tasks)}"
            ) as step:
                self.generate(evaluation, _Until(ended, step))

        with ThreadPoolExecutor(HARNESSES) as pool:
            try:
                list(pool.map(generate, evaluations))
            finally:
                # On Ctrl-C or a first error the pool would still wait for every evaluation to be answered.
                ended.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _judge(self, evaluations: Sequence[Evaluation], display: ProgressDisplay) -> None:
        for evaluation in evaluations:
            if evaluation.judge is not None:
                with display.step(f"{evaluation.engine.model.name}: judging its replies") as step:
                    judge_run(evaluation.folder, evaluation.judge, step)

    def _store(self, evaluations: Sequence[Evaluation], display: ProgressDisplay) -> None:
        with display.step(f"storing {counted(len(evaluations), 'run')}"):
            for evaluation in evaluations:
                ingest(evaluation.folder, self.home)
                evaluation.discard_work()


def _tasks_for(spec: EngineSpec) -> list[TaskInfo]:
    """The demo's tasks that this model can answer: all for a model, those that it fits for a control."""
    tagged = [info for info in catalog().values() if DEMO_TAG in info.tags]
    if not isinstance(spec, ControlEngine):
        return tagged
    return [info for info in tagged if spec.name in info.manifest.controls]
