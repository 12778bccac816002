"""Runs that a model's author sends in: stored like a worker's, marked as self-reported, never ranked.

The API and the form both send them through `Reports.send`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from counsel_leaderboard.leaderboard.runs.files import copy_run
from counsel_leaderboard.leaderboard.runs.read import RunFolder, read
from counsel_leaderboard.leaderboard.runs.self_report import FILE_NAME, Report
from counsel_leaderboard.leaderboard.runs.validate import check
from counsel_leaderboard.leaderboard.specs.run_request import FILE_NAME as REQUEST_FILE
from counsel_leaderboard.leaderboard.specs.run_request import ModelSpec
from counsel_leaderboard.leaderboard.store.ingest import CheckedRun, ingest, ingest_run, tabulated
from counsel_leaderboard.leaderboard.submissions import report_ledger as ledger
from counsel_leaderboard.leaderboard.submissions.errors import DecidedError, RefusedError
from counsel_leaderboard.leaderboard.submissions.hub import HubModel
from counsel_leaderboard.leaderboard.submissions.queue.queue import now
from counsel_leaderboard.leaderboard.submissions.receiving import unpack_run
from counsel_leaderboard.leaderboard.submissions.report_ledger import Received
from counsel_leaderboard.leaderboard.submissions.submission import ReportedModel
from counsel_leaderboard.leaderboard.submissions.validate import ADMISSION_LOCK, Admission


class Reports:
    """The reports of one host."""

    def __init__(self, admission: Admission) -> None:
        self.admission, self.settings, self.store = admission, admission.settings, admission.queue.store

    @property
    def folder(self) -> Path:
        """The folder of the reports in the home."""
        return self.store.home / ledger.FOLDER

    def may_send(self, account: str | None, address: str | None) -> None:
        """Raise QuotaError where the quota of that account or address is used up. `address` is its hash."""
        self.admission.check_quota(account, address)

    def send(
        self, archive: Path, reported: ReportedModel, address: str | None, *, account: str | None = None, host: bool = False
    ) -> tuple[Received, bool]:
        """Take in an `archive` (tar or zip) of an lm_eval folder, a run of the model `reported`; the report, whether it is new.

        It is unpacked beside `archive`. It waits as pending until the host admits it, or is stored at once where the host
        sends it or admits everything; the same folder twice is one report. `address` and `account` are the caller's, the
        host has no quota. Raises RefusedError, HubError, HubUnavailableError, ArchiveError, SecretError, ResultsError,
        StorageError.
        """
        hashed = self.admission.hashed(address)
        if not host:
            self.may_send(account, hashed)
        model = self.admission.inspect(reported)
        checked_run = self._opened(archive, model, reported.submitter)
        with ADMISSION_LOCK:
            if ledger.exists(self.store.home, checked_run.run.run_id):
                return self.get(checked_run.run.run_id), False
            if not host:
                self.may_send(account, hashed)
            return self._store(checked_run, hashed, account, at_once=host or self.settings.admission == "automatic"), True

    def _opened(self, archive: Path, model: HubModel, submitter: str) -> CheckedRun:
        folder = unpack_run(self.settings, archive)
        if (folder / REQUEST_FILE).exists():
            raise RefusedError(
                REQUEST_FILE,
                "absent",
                f"{REQUEST_FILE}: belongs to a run that a worker made. Send lm_eval's own files alone.",
            )
        known = ModelSpec(
            name=model.name, revision=model.revision, family=model.family, parameters=model.parameters, licence=model.licence
        )
        (folder / FILE_NAME).write_text(Report(model=known, submitter=submitter).text(), encoding="utf-8")
        run = read(folder)
        check(run)
        self._check_tasks(run)
        return tabulated(run)  # invalid values must be refused now, not only when the host admits the run

    def _check_tasks(self, run: RunFolder) -> None:
        known = self.settings.tasks()
        for task in run.tasks:
            version = known[task.name].version if task.name in known else None
            if task.metadata.version != version:
                raise RefusedError(f"results.configs.{task.name}", "version",
                    f"results.configs.{task.name}: has version {task.metadata.version}, and the board takes "
                    f"{version or 'no task of this name'}. Run it again with this release.",
                )  # fmt: skip

    def _store(self, checked_run: CheckedRun, address: str | None, account: str | None, *, at_once: bool) -> Received:
        run = checked_run.run
        assert run.report is not None and run.report.model.revision is not None  # noqa: S101, PT018 - written by _opened
        if at_once:
            ingest_run(checked_run, self.store.home, store=self.store)
        else:
            copy_run(run.sources, run.digests, self.folder, run.run_id)
        received = Received(
            run_id=run.run_id, state="stored" if at_once else "pending", model=run.report.model.name,
            revision=run.report.model.revision, submitter=run.report.submitter, account=account, address=address,
            received_at=now(),
            tasks=[task.name for task in run.tasks], n_samples=sum(len(task.samples) for task in run.tasks),
        )  # fmt: skip
        ledger.write(self.store.home, received)
        return received

    def get(self, run_id: str) -> Received:
        """The report of that run. Raises UnknownReportError."""
        return ledger.read(self.store.home, run_id)

    def pending(self) -> list[Received]:
        """Reports that wait for the host's decision, oldest first."""
        return ledger.pending(self.store.home)

    def decide(self, run_id: str, *, admit: bool) -> Received:
        """Store a pending report, or delete its files. Raises UnknownReportError, DecidedError, StorageError."""
        with ADMISSION_LOCK:
            received = self.get(run_id)
            if received.state != "pending":
                raise DecidedError(
                    "state", "state", f"{run_id}: is {received.state}, and only a pending report can be decided."
                )
            if admit:
                ingest(self.folder / run_id, self.store.home, store=self.store)
            decided = received.model_copy(update={"state": "stored" if admit else "refused"})
            ledger.write(self.store.home, decided)
            shutil.rmtree(self.folder / run_id, ignore_errors=True)
        return decided
