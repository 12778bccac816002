"""The actions of the Submit and Queue tabs: preview a form, submit it, and cancel a request."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from counsel_leaderboard.leaderboard.store import queries
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.callers import same
from counsel_leaderboard.leaderboard.submissions.errors import RefusedError
from counsel_leaderboard.leaderboard.submissions.hub import HubError, HubUnavailableError
from counsel_leaderboard.leaderboard.submissions.queue import Queue, QueuedRequest, StateError, UnknownRequestError
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.leaderboard.submissions.validate import Admission, SubmissionPreview, Submitted
from counsel_leaderboard.registry.manifests import Source, TaskInfo
from counsel_leaderboard.space.services.hub_lookup import HubLookup
from counsel_leaderboard.space.views.form import Problem, SubmissionForm, problem_of

SIGN_IN = Problem("submitter", "Sign in with Hugging Face first: each request shows the name of the account that submitted it.")

BUSY = Problem("model", "Many models are being submitted right now. Try again in a minute.")
MAX_SUBMITTING = 8  # fewer than the threads of the events: each waits for the Hub


@dataclass(frozen=True)
class Caller:
    """The caller of an action: the network address as the server sees it, and the Hub name if the caller has signed in."""

    address: str | None = None
    person: str | None = None


class SubmissionService:
    """The actions of both tabs. Safe to call from many threads. signs_in: only people who have signed in may submit."""

    def __init__(self, store: Store, settings: ServerSettings, *, signs_in: bool = False) -> None:
        self.queue = Queue(store, lease_seconds=settings.lease_seconds)
        self.settings, self.signs_in = settings, signs_in
        self._admission = Admission(self.queue, settings)
        self._lookups = HubLookup(settings.inspect)
        self._submitting = threading.BoundedSemaphore(MAX_SUBMITTING)

    def tasks(self) -> list[TaskInfo]:
        """The tasks that this host can score."""
        return [info for info in self.settings.offered_tasks().values() if self.settings.judge or not info.judged]

    def documents(self, source: Source) -> dict[str, int]:
        """The number of documents of each task, from its stored runs; tasks without a run are left out."""
        rows = queries.tasks(self.queue.store, source)
        return dict(zip(rows["task"], rows["n_docs_full"], strict=True))

    def preview(self, form: SubmissionForm, caller: Caller) -> tuple[SubmissionPreview | None, list[Problem]]:
        """A preview of the request that a form would make, and the problems so far; the form may be incomplete."""
        body, problems = form.draft()
        if body is None or not form.model:
            return None, problems
        admission = Admission(self.queue, replace(self.settings, inspect=self._lookups.of(caller.address)))
        try:
            return admission.preview(body), problems
        except (RefusedError, HubError, HubUnavailableError) as error:
            return None, [*problems, problem_of(error)]

    def submit(self, form: SubmissionForm, caller: Caller) -> Submitted | list[Problem]:
        """The request, which may have existed before, or all problems with the form."""
        if caller.person:
            form = replace(form, submitter=caller.person)
        elif self.signs_in:
            return [SIGN_IN]
        body = form.body()
        if body is None:
            return form.problems()
        if not self._submitting.acquire(blocking=False):
            return [BUSY]
        try:
            return self._admission.submit(body, caller.address, account=caller.person)
        except (RefusedError, HubError, HubUnavailableError) as error:
            return [problem_of(error)]
        finally:
            self._submitting.release()

    def is_host(self, key: str) -> bool:
        """Whether the key is the host's token."""
        token = self.settings.admin_token
        return token is not None and same(key, token)

    def may_cancel(self, request: QueuedRequest, key: str, caller: Caller) -> bool:
        """Whether the caller is the host or the first submitter, known by the key or by the account that signed in."""
        is_submitter = self.signs_in and caller.person is not None and caller.person == request.details.account
        return is_submitter or self.is_host(key) or self._admission.may_cancel(request, key or None)

    def cancel(self, spec_id: str, key: str, caller: Caller) -> str | None:
        """Cancel a request. Returns None, or the reason why it was not cancelled."""
        try:
            if not self.may_cancel(self.queue.get(spec_id), key, caller):
                return "The key that was shown when the request was submitted is needed to cancel it."
            self.queue.cancel(spec_id, withdrawn=not self.is_host(key))
        except (StateError, UnknownRequestError) as error:
            return str(error)
        return None
