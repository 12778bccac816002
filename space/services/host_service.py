"""What a host sees and decides on the Host tab: what waits, workers, failures, disk, the judge."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from counsel_leaderboard.leaderboard.judges import card
from counsel_leaderboard.leaderboard.judges.qualification import thresholds
from counsel_leaderboard.leaderboard.submissions import workers_seen
from counsel_leaderboard.leaderboard.submissions.queue import QueueStatus, State
from counsel_leaderboard.leaderboard.submissions.queue.lacking import lacks
from counsel_leaderboard.leaderboard.submissions.report_ledger import Received
from counsel_leaderboard.leaderboard.submissions.reports import Reports
from counsel_leaderboard.leaderboard.submissions.validate import Admission
from counsel_leaderboard.leaderboard.submissions.workers_seen import SeenWorker
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.space.services.submission_service import SubmissionService

Action = Literal["admit", "refuse", "requeue"]
MOST: Final = 50
REPORT: Final = "report:"
"""Before the id of a self-reported run among the things to decide; a request stands by its id alone."""


@dataclass(frozen=True)
class JudgeState:
    """The host's judge: its name, the tasks of its exam that it passed and did not, and the attempts that it did not answer."""

    model: str
    revision: str | None
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    unreachable: int


@dataclass(frozen=True)
class HostOverview:
    """The state of a server. `stranded`: what every worker seen lacks, and for how many waiting requests."""

    pending: list[QueueStatus]
    reports: list[Received]
    running: list[QueueStatus]
    failed: list[QueueStatus]
    counts: Mapping[State, int]
    workers: list[SeenWorker]
    stranded: Mapping[str, int]
    free_bytes: int
    total_bytes: int
    runs: int
    judge: JudgeState | None
    at: datetime


class HostService:
    """The host's view of one server. Safe to call from many threads."""

    def __init__(self, submissions: SubmissionService) -> None:
        self.submissions, self.queue = submissions, submissions.queue
        self._reports = Reports(Admission(submissions.queue, submissions.settings))

    def overview(self) -> HostOverview:
        """The state now."""
        self.queue.expire()
        home, workers = self.queue.store.home, workers_seen.of(self.queue.store).all()
        disk = shutil.disk_usage(home)
        listed = {state: self.queue.listing(state=state, limit=MOST) for state in ("pending", "running", "failed", "queued")}
        trouble = [status for status in listed["queued"] if status.request.failures]
        with self.queue.store.reading() as cursor:
            runs = cursor.execute("SELECT count(*) FROM runs").fetchall()[0][0]
        return HostOverview(
            pending=listed["pending"], reports=self._reports.pending(), running=listed["running"],
            failed=[*listed["failed"], *trouble], counts=self.queue.counts(), workers=workers,
            stranded=stranded(listed["queued"], workers), free_bytes=disk.free, total_bytes=disk.total, runs=runs,
            judge=self._judge([*listed["failed"], *trouble]), at=self.queue.clock(),
        )  # fmt: skip

    def decide(self, thing: str, action: Action) -> str:
        """Admit, refuse or queue again what `thing` names; what was done, or why it was not, in one sentence."""
        try:
            if thing.startswith(REPORT):
                return self._decide_report(thing.removeprefix(REPORT), action)
            done: dict[Action, tuple[Callable[[str], object], str]] = {
                "admit": (self.queue.admit, "is in the queue"),
                "refuse": (self.queue.cancel, "is refused"),
                "requeue": (self.queue.requeue, "is in the queue again"),
            }
            change, words = done[action]
            change(thing)
        except CounselError as error:
            return str(error)
        return f"{thing} {words}."

    def _decide_report(self, run_id: str, action: Action) -> str:
        if action == "requeue":
            return f"{run_id}: is a run that its author sent in; admit it or refuse it."
        report = self._reports.decide(run_id, admit=action == "admit")
        return f"{run_id} is {report.state}."

    def _judge(self, troubled: list[QueueStatus]) -> JudgeState | None:
        settings = self.submissions.settings
        if settings.judge is None:
            return None
        home = self.queue.store.home
        limits = thresholds.of_home(home)
        passed: set[str] = set()
        failed: set[str] = set()
        for judge_card in card.cards(home):
            if (judge_card.exam.model, judge_card.exam.revision) != (settings.judge, settings.judge_revision):
                continue
            for task in judge_card.exam.asked:
                (passed if judge_card.qualifies(task, limits) else failed).add(task)
        unreachable = sum(failure.reason == "judge_unreachable" for status in troubled for failure in status.request.failures)
        return JudgeState(
            settings.judge, settings.judge_revision, tuple(sorted(passed)), tuple(sorted(failed - passed)), unreachable
        )


def stranded(waiting: list[QueueStatus], workers: list[SeenWorker]) -> Counter[str]:
    """Of the waiting requests that no worker seen may claim: what the worker that asked last lacks, and for how many."""
    missing: Counter[str] = Counter()
    for status in waiting:
        spec, parameters = status.request.spec, status.request.details.parameters
        lacking = [lacks(spec.engine, parameters, spec.judge, worker.capacity) for worker in workers]
        if lacking and all(lacking):
            missing[lacking[0] or ""] += 1
    return missing
