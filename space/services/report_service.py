"""Takes in authors' own lm-eval folders: an archive becomes a self-reported run, or a list of problems."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.exchange import ArchiveError, SecretError, TooLargeError
from counsel_leaderboard.leaderboard.runs.files import FULL, ResultsError, StorageError
from counsel_leaderboard.leaderboard.specs.run_request import RequestError
from counsel_leaderboard.leaderboard.submissions.errors import RefusedError
from counsel_leaderboard.leaderboard.submissions.hub import HubError, HubUnavailableError
from counsel_leaderboard.leaderboard.submissions.report_ledger import Received
from counsel_leaderboard.leaderboard.submissions.reports import Reports
from counsel_leaderboard.leaderboard.submissions.submission import ReportedModel
from counsel_leaderboard.leaderboard.submissions.uploads.receiving import INCOMING
from counsel_leaderboard.leaderboard.submissions.validate import Admission
from counsel_leaderboard.registry.common.credentials import without_folders
from counsel_leaderboard.space.services.submission_service import SIGN_IN, Caller, SubmissionService
from counsel_leaderboard.space.views.form import HINTS, Problem, problem_of
from counsel_leaderboard.space.views.hub_address import model_of

# A browser's upload is on disk before any quota can be checked, so its limit is low; `counsel report` takes larger archives.
FORM_BYTES: Final = 32 * 1024**2
MAX_CONCURRENT: Final = 2
NO_ARCHIVE: Final = Problem("archive", "Choose the archive: your lm-eval output folder as .tar.gz, .tar or .zip.")
BUSY: Final = Problem("archive", "Other people are sending in results right now. Try again in a minute.")


@dataclass(frozen=True)
class ReportForm:
    """The form as it was filled in; `archive` is the uploaded file."""

    archive: Path | None
    model: str
    revision: str
    submitter: str
    other_name: str = ""

    def reported_model(self) -> ReportedModel | list[Problem]:
        """The model of the run, or all problems with the fields."""
        try:
            name, of_address = model_of(self.model)
            revision = of_address if of_address and self.revision in ("", "main") else self.revision or "main"
            return ReportedModel(model=name, revision=revision, submitter=self.submitter, other_name=self.other_name or None)
        except ValidationError as error:
            return [Problem(name, HINTS[name]) for name in dict.fromkeys(str(detail["loc"][0]) for detail in error.errors())]


class ReportService:
    """Takes in archives through `leaderboard.submissions.reports`, as the API does. Safe to call from many threads."""

    def __init__(self, submissions: SubmissionService) -> None:
        self.submissions = submissions
        self._reports = Reports(Admission(submissions.queue, submissions.settings))
        self._slots = threading.BoundedSemaphore(MAX_CONCURRENT)

    def send(self, form: ReportForm, caller: Caller) -> tuple[Received, bool] | list[Problem]:
        """The report and whether it is new, or all problems with the form. Deletes the uploaded file in either case."""
        try:
            if self.submissions.signs_in and not caller.person:
                return [SIGN_IN]
            model = form.reported_model()
            if isinstance(model, list) or form.archive is None:
                return [*(model if isinstance(model, list) else []), *([] if form.archive else [NO_ARCHIVE])]
            if caller.person:
                model = model.model_copy(update={"submitter": caller.person})
            if not self._slots.acquire(blocking=False):
                return [BUSY]
            try:
                return self._take(form.archive, model, caller)
            finally:
                self._slots.release()
        finally:
            if form.archive:
                form.archive.unlink(missing_ok=True)

    def _take(self, uploaded: Path, model: ReportedModel, caller: Caller) -> tuple[Received, bool] | list[Problem]:
        incoming = self.submissions.queue.store.home / INCOMING
        try:
            incoming.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=incoming) as folder:
                archive = Path(folder) / "archive"
                shutil.move(uploaded, archive)
                return self._reports.send(archive, model, caller.address, account=caller.person)
        except (RefusedError, HubError, HubUnavailableError) as error:
            return [problem_of(error)]
        except (TooLargeError, ArchiveError, SecretError, RequestError, ResultsError, StorageError) as error:
            return [Problem("archive", without_folders(str(error)))]
        except OSError as error:
            hint = "Ask the host to free space." if error.errno in FULL else "Try it again later."
            return [Problem("archive", f"The upload could not be written ({error.strerror}). {hint}")]
