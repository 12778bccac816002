"""Routes for submissions and the queue: submit, read, decide."""

from __future__ import annotations

from typing import Annotated

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from counsel_leaderboard.leaderboard.api.auth import Credentials, address, bearer, is_host
from counsel_leaderboard.leaderboard.api.bodies import QueueView, SpecId, SubmissionBody, SubmittedView
from counsel_leaderboard.leaderboard.api.errors import CallError, Route, documented
from counsel_leaderboard.leaderboard.submissions.queue import Queue, State
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.leaderboard.submissions.shown import RequestView, of_request, view
from counsel_leaderboard.leaderboard.submissions.submission import PersonName
from counsel_leaderboard.leaderboard.submissions.validate import Admission

Id = Annotated[SpecId, Path(description="The id of the spec, which is also the request's.")]
CancelKey = Annotated[str | None, Header(max_length=100, description="The key that the submission returned.")]

# Calls that wait for the Hub have threads of their own, so that all others need not wait behind them.
HUB_THREADS = 16


def router(prefix: str, queue: Queue, settings: ServerSettings) -> APIRouter:
    """Submissions: create, read, cancel; by the host: admit, queue again; and the queue itself."""
    routes = APIRouter(prefix=prefix, route_class=Route, tags=["submissions"])
    admission = Admission(queue, settings)
    hub_threads = CapacityLimiter(HUB_THREADS)
    host = [Depends(bearer(settings.admin_token, "COUNSEL_ADMIN_TOKEN"))]

    @routes.post(
        "/submissions", status_code=201, responses={200: {"model": SubmittedView}, **documented(400, 403, 413, 422, 429, 503)}
    )
    async def submit(body: SubmissionBody, request: Request, response: Response, credentials: Credentials) -> SubmittedView:
        """Submit a model. 201: a new request; 200: the same request existed already and is returned."""
        by_host = is_host(credentials, settings.admin_token)
        sender = address(request, settings.proxies)
        submitted = await run_sync(lambda: admission.submit(body, sender, host=by_host), limiter=hub_threads)
        response.status_code = 201 if submitted.new else 200
        shown = await run_in_threadpool(lambda: view(queue.status(submitted.request.spec_id), for_host=by_host))
        return SubmittedView(request=shown, new=submitted.new, cancel_key=submitted.cancel_key)

    @routes.get("/submissions/{spec_id}", responses=documented(404, 422))
    def read(spec_id: Id, credentials: Credentials) -> RequestView:
        """One request with progress, position and estimate; the host also sees workers and log lines."""
        queue.expire()
        return view(queue.status(spec_id), for_host=is_host(credentials, settings.admin_token))

    @routes.delete("/submissions/{spec_id}", responses=documented(401, 404, 409, 422))
    def cancel(spec_id: Id, credentials: Credentials, cancel_key: CancelKey = None) -> RequestView:
        """Cancel a request: by its submitter with the header `cancel-key`, or by the host."""
        queued, by_host = queue.get(spec_id), is_host(credentials, settings.admin_token)
        if not (by_host or admission.may_cancel(queued, cancel_key)):
            raise CallError(401, "cancel-key", "key", "cancel-key: send the key that the submission returned.")
        return of_request(queue.cancel(spec_id, withdrawn=not by_host))

    @routes.post("/submissions/{spec_id}/admit", dependencies=host, responses=documented(401, 403, 404, 409, 422))
    def admit(spec_id: Id) -> RequestView:
        """Let a pending request into the queue."""
        return of_request(queue.admit(spec_id), for_host=True)

    @routes.post("/submissions/{spec_id}/requeue", dependencies=host, responses=documented(401, 403, 404, 409, 422))
    def requeue(spec_id: Id) -> RequestView:
        """Queue a failed or cancelled request again, with all its attempts."""
        return of_request(queue.requeue(spec_id), for_host=True)

    @routes.get("/queue", responses=documented(422))
    def listing(
        credentials: Credentials,
        state: State | None = None,
        submitter: PersonName | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    ) -> QueueView:
        """The queue: running requests, then waiting ones in their order, then ended ones."""
        queue.expire()
        for_host = is_host(credentials, settings.admin_token)
        statuses = queue.listing(state=state, submitter=submitter, limit=limit, offset=offset)
        return QueueView(requests=[view(status, for_host=for_host) for status in statuses], counts=queue.counts())

    return routes
