"""Routes of workers: claim, heartbeat, fail, give back, upload."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from counsel_leaderboard.leaderboard.api import auth
from counsel_leaderboard.leaderboard.api.bodies import (
    ClaimBody,
    FailBody,
    HeartbeatBody,
    Lease,
    LeaseView,
    ReleaseBody,
    SpecId,
    StoredView,
    WorkView,
)
from counsel_leaderboard.leaderboard.api.errors import Route, documented
from counsel_leaderboard.leaderboard.api.request_body import ARCHIVE, written
from counsel_leaderboard.leaderboard.submissions import workers_seen
from counsel_leaderboard.leaderboard.submissions.queue import Queue
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.leaderboard.submissions.shown import RequestView, of_request
from counsel_leaderboard.leaderboard.submissions.uploads.receiving import INCOMING, receive

Id = Annotated[SpecId, Path(description="The id of the spec, which is also the request's.")]


def router(prefix: str, queue: Queue, settings: ServerSettings) -> APIRouter:
    """Routes that need the worker's token."""
    routes = APIRouter(prefix=prefix, route_class=Route, tags=["workers"])
    named = Depends(auth.worker(settings.worker_token, queue.store.home))
    worker = [named]

    @routes.post(
        "/claim", response_model=WorkView,
        responses={204: {"description": "No request waits that this worker can run"}, **documented(400, 401, 403, 413, 422)},
    )  # fmt: skip
    def claim(body: ClaimBody, own: str | None = named) -> WorkView | Response:
        """Claim the next request that this worker can run. The requests of the leases in `held` go back to the queue first."""
        # A worker with a token of its own has the name in it before the one that it gives, which thus is nobody else's.
        name = body.worker if own is None else f"{own}:{body.worker}"
        workers_seen.of(queue.store).note(name, body.capacity, queue.clock())
        queued = queue.claim(name, body.capacity, body.held, lease=body.lease)
        if queued is None or queued.lease is None:
            return Response(status_code=204)
        return WorkView(
            request=of_request(queued), spec=queued.spec, lease=queued.lease, lease_seconds=queue.lease.total_seconds(),
            judge_revision=queued.spec.judge_revision,
        )  # fmt: skip

    @routes.post("/requests/{spec_id}/heartbeat", dependencies=worker, responses=documented(400, 401, 403, 404, 409, 413, 422))
    def heartbeat(spec_id: Id, body: HeartbeatBody) -> LeaseView:
        """Renew the lease and report progress. 409: another worker has the request now, or it was cancelled."""
        return LeaseView(until=queue.heartbeat(spec_id, body.lease, body.progress))

    @routes.post("/requests/{spec_id}/fail", dependencies=worker, responses=documented(400, 401, 403, 404, 409, 413, 422))
    def fail(spec_id: Id, body: FailBody) -> RequestView:
        """End an attempt without a run."""
        return of_request(queue.fail(spec_id, body.lease, body.reason, body.detail))

    @routes.post("/requests/{spec_id}/release", dependencies=worker, responses=documented(400, 401, 403, 404, 409, 413, 422))
    def release(spec_id: Id, body: ReleaseBody) -> RequestView:
        """Give the request back; the attempt does not count."""
        return of_request(queue.release(spec_id, body.lease))

    @routes.post(
        "/requests/{spec_id}/run", dependencies=worker, openapi_extra=ARCHIVE,
        responses=documented(400, 401, 403, 404, 409, 413, 422, 503, 507),
    )  # fmt: skip
    async def upload(spec_id: Id, request: Request, lease: Annotated[Lease, Header()]) -> StoredView:
        """Store the run of a request: a tar or zip file of its folder as the body. The same run sent twice is stored once."""
        async with written(request, queue.store.home / INCOMING, settings.upload_bytes) as archive:
            report = await run_in_threadpool(receive, queue, settings, spec_id, lease, archive)
        return StoredView(
            run_id=report.run_id, new=report.new, model=report.model, tasks=list(report.tasks), n_samples=report.n_samples,
            self_reported=report.self_reported,
        )  # fmt: skip

    return routes
