"""Routes of workers: claim, heartbeat, fail, give back, upload."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path as File
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from leaderboard.api.auth import bearer
from leaderboard.api.bodies import (
    ClaimBody,
    FailBody,
    HeartbeatBody,
    Lease,
    LeaseView,
    ReleaseBody,
    RequestId,
    RequestView,
    StoredView,
    WorkView,
    of_ticket,
)
from leaderboard.api.errors import RefusedError, Route, documented
from leaderboard.api.receiving import receive, receive_unasked
from leaderboard.api.settings import Settings
from leaderboard.files import StorageError
from leaderboard.ingest import IngestReport
from leaderboard.queue import Queue

Id = Annotated[RequestId, Path(description="The request's id.")]
INCOMING = "incoming"
ARCHIVE = {"requestBody": {"required": True, "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (
    "application/x-tar", "application/gzip", "application/zip")}}}  # fmt: skip


def router(queue: Queue, settings: Settings) -> APIRouter:
    """Everything that needs the worker's token; runs sent in by hand need the host's."""
    made = APIRouter(route_class=Route, tags=["workers"])
    worker = [Depends(bearer(settings.worker_token, "COUNSEL_WORKER_TOKEN"))]
    host = [Depends(bearer(settings.admin_token, "COUNSEL_ADMIN_TOKEN"))]

    @made.post(
        "/claim", dependencies=worker, response_model=WorkView,
        responses={204: {"description": "Nothing waits that this worker can hold"}, **documented(400, 401, 403, 413, 422)},
    )  # fmt: skip
    def claim(body: ClaimBody) -> WorkView | Response:
        """Take the next request that this worker can hold. Whatever it still held goes back first."""
        ticket = queue.claim(body.worker, body.capacity)
        if ticket is None or ticket.lease is None:
            return Response(status_code=204)
        return WorkView(
            request=of_ticket(ticket), lease=ticket.lease, lease_seconds=queue.lease.total_seconds(),
            judge_revision=ticket.asked.judge_revision,
        )  # fmt: skip

    @made.post("/requests/{request_id}/heartbeat", dependencies=worker, responses=documented(400, 401, 403, 404, 409, 413, 422))
    def heartbeat(request_id: Id, body: HeartbeatBody) -> LeaseView:
        """Renew the lease and say how far it is. 409: the request is another's now, or was cancelled."""
        return LeaseView(until=queue.heartbeat(request_id, body.lease, body.progress))

    @made.post("/requests/{request_id}/fail", dependencies=worker, responses=documented(400, 401, 403, 404, 409, 413, 422))
    def fail(request_id: Id, body: FailBody) -> RequestView:
        """End an attempt without a run."""
        return of_ticket(queue.fail(request_id, body.lease, body.reason, body.detail))

    @made.post("/requests/{request_id}/release", dependencies=worker, responses=documented(400, 401, 403, 404, 409, 413, 422))
    def release(request_id: Id, body: ReleaseBody) -> RequestView:
        """Give the request back; the attempt does not count."""
        return of_ticket(queue.release(request_id, body.lease))

    @made.post(
        "/requests/{request_id}/run", dependencies=worker, openapi_extra=ARCHIVE,
        responses=documented(400, 401, 403, 404, 409, 413, 422, 507),
    )  # fmt: skip
    async def upload(request_id: Id, request: Request, lease: Annotated[Lease, Header()]) -> StoredView:
        """Store the run of a request: a tar or zip file of its folder as the body. The same one twice is stored once."""
        return await _take(request, lambda archive: receive(queue, settings, request_id, lease, archive))

    @made.post("/runs", dependencies=host, openapi_extra=ARCHIVE, responses=documented(400, 401, 403, 413, 422, 507))
    async def send_in(request: Request) -> StoredView:
        """Store an lm_eval folder that somebody ran by hand: shown as self-reported, and not ranked."""
        return await _take(request, lambda archive: receive_unasked(queue, settings, archive))

    async def _take(request: Request, store: Callable[[File], IngestReport]) -> StoredView:
        async with _written(request, queue.store.home / INCOMING, settings.upload_bytes) as archive:
            report = await run_in_threadpool(store, archive)
        return StoredView(
            run_id=report.run_id, new=report.new, model=report.model, tasks=list(report.tasks), n_samples=report.n_samples,
            self_reported=report.self_reported,
        )  # fmt: skip

    return made


@asynccontextmanager
async def _written(request: Request, incoming: File, most: int) -> AsyncIterator[File]:
    """The body as a file in a folder of its own, gone when the block ends. Raises RefusedError, StorageError."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdecimal() and len(length) < 20 and int(length) > most:
        raise _too_large(most)
    try:
        incoming.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=incoming) as folder:
            archive = File(folder) / "archive"
            await _stream(request, archive, most)
            yield archive
    except OSError as error:
        raise StorageError(f"{incoming}: the upload could not be written ({error.strerror}). Free space.") from error


async def _stream(request: Request, archive: File, most: int) -> None:
    size = 0
    with archive.open("wb") as out:
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise _too_large(most)
                out.write(chunk)
        except ClientDisconnect as error:
            raise RefusedError(400, "body", "complete", "body: ended before it was complete. Send it again.") from error


def _too_large(most: int) -> RefusedError:
    return RefusedError(413, "body", "size", f"body: has more than {most} bytes.")
