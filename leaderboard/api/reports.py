"""Routes of self-reported runs: send, read; by the host: list, admit, refuse."""

from __future__ import annotations

import threading
from typing import Annotated

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from counsel_leaderboard.leaderboard.api.auth import Credentials, address, bearer, is_host
from counsel_leaderboard.leaderboard.api.bodies import ReportQuery, ReportView, ReproductionView
from counsel_leaderboard.leaderboard.api.errors import CallError, Route, documented
from counsel_leaderboard.leaderboard.api.request_body import ARCHIVE, written
from counsel_leaderboard.leaderboard.runs import reproduction
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.queue import Queue
from counsel_leaderboard.leaderboard.submissions.report_ledger import Received
from counsel_leaderboard.leaderboard.submissions.reports import Reports
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.leaderboard.submissions.submission import RunId
from counsel_leaderboard.leaderboard.submissions.uploads.receiving import INCOMING
from counsel_leaderboard.leaderboard.submissions.validate import Admission

Id = Annotated[RunId, Path(description="The run's id.")]
AT_ONCE = 4


def router(prefix: str, queue: Queue, settings: ServerSettings) -> APIRouter:
    """Anyone may send reports within the quota; AT_ONCE bounds the load on disk and processor."""
    routes = APIRouter(prefix=prefix, route_class=Route, tags=["reports"])
    reports = Reports(Admission(queue, settings))
    host = [Depends(bearer(settings.admin_token, "COUNSEL_ADMIN_TOKEN"))]
    room = threading.BoundedSemaphore(AT_ONCE)
    threads = CapacityLimiter(AT_ONCE)

    @routes.post(
        "/reports", status_code=201, openapi_extra=ARCHIVE,
        responses={200: {"model": ReportView}, **documented(400, 403, 413, 422, 429, 503, 507)},
    )  # fmt: skip
    async def send(
        query: Annotated[ReportQuery, Query()], request: Request, response: Response, credentials: Credentials
    ) -> ReportView:
        """Send in an lm_eval folder that you ran: a tar or zip file as the body. Shown as self-reported, never ranked."""
        by_host, sender = is_host(credentials, settings.admin_token), address(request, settings.proxies)
        if not by_host:
            await run_in_threadpool(reports.may_send, None, reports.admission.hashed(sender))
        async with written(request, queue.store.home / INCOMING, settings.report_bytes) as archive:
            # Only now: a body that comes slowly keeps nobody else from sending one.
            if not room.acquire(blocking=False):
                raise CallError(503, "server", "busy", f"server: takes {AT_ONCE} reports at once. Send it again in a minute.")
            try:
                received, new = await run_sync(lambda: reports.send(archive, query, sender, host=by_host), limiter=threads)
            finally:
                room.release()
        response.status_code = 201 if new else 200
        return await run_in_threadpool(view, queue.store, received, new=new)

    @routes.get("/reports", dependencies=host, responses=documented(401, 403))
    def pending() -> list[ReportView]:
        """Reports that wait for the host's decision."""
        return [view(queue.store, received) for received in reports.pending()]

    @routes.get("/reports/{run_id}", responses=documented(404, 422))
    def read(run_id: Id) -> ReportView:
        """One report: whether it is on the board, and how far a worker's run of the same spec differs from it."""
        return view(queue.store, reports.get(run_id))

    @routes.post("/reports/{run_id}/admit", dependencies=host, responses=documented(401, 403, 404, 409, 422, 503, 507))
    def admit(run_id: Id) -> ReportView:
        """Store a pending report."""
        return view(queue.store, reports.decide(run_id, admit=True))

    @routes.delete("/reports/{run_id}", dependencies=host, responses=documented(401, 403, 404, 409, 422, 503, 507))
    def refuse(run_id: Id) -> ReportView:
        """Refuse a pending report: its files are deleted; who sent it and when stays on record."""
        return view(queue.store, reports.decide(run_id, admit=False))

    return routes


def view(store: Store, received: Received, *, new: bool = False) -> ReportView:
    """The report as anyone may see it: never the address or the account."""
    rows = reproduced(store, received.run_id) if received.state == "stored" else []
    return ReportView(**received.model_dump(exclude={"address", "account"}), new=new, reproduction=rows)


def reproduced(store: Store, run_id: str) -> list[ReproductionView]:
    """One row per task of a self-reported run with a known model and revision; empty for any other run."""
    names = list(ReproductionView.model_fields)
    return [ReproductionView(**row) for row in reproduction.of_store(store, run_id).select(names).iter_rows(named=True)]
