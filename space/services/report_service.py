"""The counter for authors' own lm-eval folders: one archive in, a self-reported run or what is wrong with it."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.exchange import ArchiveError, SecretError, TooLargeError
from counsel_leaderboard.leaderboard.runs.files import ResultsError, StorageError
from counsel_leaderboard.leaderboard.specs.run_request import RequestError
from counsel_leaderboard.leaderboard.submissions.admission import Admission
from counsel_leaderboard.leaderboard.submissions.errors import RefusedError
from counsel_leaderboard.leaderboard.submissions.hub import HubError, HubUnavailableError
from counsel_leaderboard.leaderboard.submissions.receiving import INCOMING
from counsel_leaderboard.leaderboard.submissions.report_ledger import Received
from counsel_leaderboard.leaderboard.submissions.reports import Reports
from counsel_leaderboard.leaderboard.submissions.submission import ReportedModel
from counsel_leaderboard.space.services.submission_service import SIGN_IN, Caller, Desk
from counsel_leaderboard.space.views.form import MEND, Problem, problem_of

# A browser's upload lies on the disk before anyone can be asked about quotas, so it is kept small; `counsel report` takes more.
FORM_BYTES: Final = 32 * 1024**2
AT_ONCE: Final = 2
NO_FILE: Final = Problem("archive", "Choose the archive: your lm-eval output folder as .tar.gz, .tar or .zip.")
BUSY: Final = Problem("archive", "Others send in results now. Send it again in a minute.")


@dataclass(frozen=True)
class ReportForm:
    """What was filled in; `archive` is the uploaded file."""

    archive: Path | None
    model: str
    revision: str
    submitter: str

    def said(self) -> ReportedModel | list[Problem]:
        """What the run is, or everything that is wrong with the form."""
        try:
            return ReportedModel(model=self.model, revision=self.revision or "main", submitter=self.submitter)
        except ValidationError as error:
            return [Problem(name, MEND[name]) for name in dict.fromkeys(str(one["loc"][0]) for one in error.errors())]


class ReportDesk:
    """Takes archives in through `leaderboard.submissions.reports`, the API's own entry. Safe to call from many threads."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._reports = Reports(Admission(desk.queue, desk.settings))
        self._room = threading.BoundedSemaphore(AT_ONCE)

    def send(self, form: ReportForm, caller: Caller) -> tuple[Received, bool] | list[Problem]:
        """The report and whether it is new; or everything that is wrong. The uploaded file is gone afterwards."""
        try:
            if self.desk.signs_in and not caller.person:
                return [SIGN_IN]
            said = form.said()
            if isinstance(said, list) or form.archive is None:
                return [*(said if isinstance(said, list) else []), *([] if form.archive else [NO_FILE])]
            if caller.person:
                said = said.model_copy(update={"submitter": caller.person})
            if not self._room.acquire(blocking=False):
                return [BUSY]
            try:
                return self._take(form.archive, said, caller)
            finally:
                self._room.release()
        finally:
            if form.archive:
                form.archive.unlink(missing_ok=True)

    def _take(self, uploaded: Path, said: ReportedModel, caller: Caller) -> tuple[Received, bool] | list[Problem]:
        incoming = self.desk.queue.store.home / INCOMING
        try:
            incoming.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=incoming) as folder:
                archive = Path(folder) / "archive"
                shutil.move(uploaded, archive)
                return self._reports.send(archive, said, caller.address)
        except (RefusedError, HubError, HubUnavailableError) as error:
            return [problem_of(error)]
        except (TooLargeError, ArchiveError, SecretError, RequestError, ResultsError, StorageError) as error:
            return [Problem("archive", str(error))]
        except OSError as error:
            return [Problem("archive", f"The upload could not be written ({error.strerror}). Ask the host to free space.")]
