"""The HTTP API: one router for the app that also shows the board."""

from fastapi import APIRouter, Request

from leaderboard.api import health, reading, reporting, submissions, workers
from leaderboard.api.admission import Admission, Submitted
from leaderboard.api.bodies import SubmissionBody
from leaderboard.api.errors import RefusedError, Route
from leaderboard.api.settings import Settings, SettingsError
from leaderboard.queue import Queue
from leaderboard.store import Store

PREFIX = "/api/v1"


def routes(store: Store, settings: Settings) -> APIRouter:
    """Everything under `/api/v1`, and `/metrics`. Include it before anything is mounted at `/`.

    The store is open and caught up (`leaderboard.rebuild.catch_up`) when the first call comes.
    """
    queue = Queue(store, lease_seconds=settings.lease_seconds)
    api = APIRouter(prefix=PREFIX)
    for router in (
        submissions.router(queue, settings),
        workers.router(queue, settings),
        reporting.router(queue, settings),
        reading.router(store),
        health.router(store),
        _unknown(),
    ):
        api.include_router(router)
    made = APIRouter()
    made.include_router(api)
    made.include_router(health.metrics(queue))
    return made


def _unknown() -> APIRouter:
    """What no other route takes, refused like the rest: a slash in an id leads here."""
    made = APIRouter(route_class=Route)

    @made.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    def unknown(request: Request) -> None:
        raise RefusedError(404, "path", "known", f"path: the API has no such call for {request.method}. See openapi.json.")

    return made


__all__ = ["PREFIX", "Admission", "Settings", "SettingsError", "SubmissionBody", "Submitted", "routes"]
