"""Runs that a model's author sends in: stored like a worker's, marked as self-reported, never ranked.

The API and the form both send them through `Reports.send`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from counsel_leaderboard.leaderboard.runs.files import copy_run
from counsel_leaderboard.leaderboard.runs.self_report import Report
from counsel_leaderboard.leaderboard.specs.run_request import ModelSpec
from counsel_leaderboard.leaderboard.store.ingest import CheckedRun, ingest_run
from counsel_leaderboard.leaderboard.submissions import report_ledger as ledger
from counsel_leaderboard.leaderboard.submissions.errors import DecidedError, RefusedError
from counsel_leaderboard.leaderboard.submissions.hub import HubModel
from counsel_leaderboard.leaderboard.submissions.queue.queue import now
from counsel_leaderboard.leaderboard.submissions.report_ledger import Received
from counsel_leaderboard.leaderboard.submissions.submission import ReportedModel
from counsel_leaderboard.leaderboard.submissions.uploads import refused_uploads
from counsel_leaderboard.leaderboard.submissions.uploads.intake import recompute, stored_run, unpacked_run
from counsel_leaderboard.leaderboard.submissions.validate import ADMISSION_LOCK, Admission
from counsel_leaderboard.registry.common.atomic import PARTIAL
from counsel_leaderboard.registry.common.errors import CounselError


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
        try:
            run = self._opened(archive, model, reported)
        except CounselError:
            if not host:
                refused_uploads.note(self.store.home, hashed)
            raise
        with ADMISSION_LOCK:
            if ledger.exists(self.store.home, run.run_id):
                return self.get(run.run_id), False
            if not host:
                self.may_send(account, hashed)
            at_once = host or self.settings.admission == "automatic"
            return self._store(run, model, reported, hashed, account, at_once=at_once), True

    def _opened(self, archive: Path, model: HubModel, reported: ReportedModel) -> CheckedRun:
        known = ModelSpec(
            name=model.name, revision=model.revision, family=model.family, parameters=model.parameters, licence=model.licence
        )
        # Not compared with this server's secrets: whoever guesses would learn from the refusal that they guessed right.
        report = Report(model=known, submitter=reported.submitter, other_name=reported.other_name)
        child = self.settings.child
        run = unpacked_run(archive, self.settings.report_bytes, report=report, child=child)
        self._check_tasks(run.tasks)
        recompute(run, child=child)
        return run

    def _check_tasks(self, tasks: Mapping[str, str]) -> None:
        known = self.settings.offered_tasks()
        for name, own in tasks.items():
            version = known[name].version if name in known else None
            if own != version:
                raise RefusedError(f"results.configs.{name}", "version",
                    f"results.configs.{name}: has version {own}, and the board takes "
                    f"{version or 'no task of this name'}. Run it again with this release.",
                )  # fmt: skip

    def _store(
        self,
        run: CheckedRun,
        model: HubModel,
        reported: ReportedModel,
        address: str | None,
        account: str | None,
        *,
        at_once: bool,
    ) -> Received:
        if at_once:
            ingest_run(run, self.store.home, store=self.store)
        else:
            copy_run(run.sources, run.digests, self.folder, run.run_id)
        received = Received(
            run_id=run.run_id, state="stored" if at_once else "pending", model=model.name, revision=model.revision,
            submitter=reported.submitter, account=account, address=address, received_at=now(), tasks=list(run.tasks),
            n_samples=run.n_samples, other_name=reported.other_name,
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
                with TemporaryDirectory(dir=self.folder, prefix=PARTIAL) as work:
                    run = stored_run(self.folder / run_id, Path(work), child=self.settings.child)
                    ingest_run(run, self.store.home, store=self.store)
            decided = received.model_copy(update={"state": "stored" if admit else "refused"})
            ledger.write(self.store.home, decided)
            shutil.rmtree(self.folder / run_id, ignore_errors=True)
        return decided
