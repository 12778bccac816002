"""The HTTP API: one router for the app that also shows the board."""

from fastapi import APIRouter

from counsel_leaderboard.leaderboard.api import health, readers, reports, submissions, unknown_routes, workers
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.queue import Queue
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings

PREFIX = "/api/v1"


def routes(store: Store, settings: ServerSettings) -> APIRouter:
    """Everything under `/api/v1`, and `/metrics`. Include it before anything is mounted at `/`.

    The store is open and caught up (`leaderboard.store.rebuild.catch_up`) when the first call comes.
    """
    queue = Queue(store, lease_seconds=settings.lease_seconds)
    api = APIRouter(prefix=PREFIX)
    known = (
        submissions.router(queue, settings),
        workers.router(queue, settings),
        reports.router(queue, settings),
        readers.router(store),
        health.router(store),
    )
    for router in known:
        api.include_router(router)
    combined = APIRouter()
    combined.include_router(api)
    combined.include_router(unknown_routes.router(PREFIX, known))
    combined.include_router(health.metrics(queue))
    return combined


__all__ = ["PREFIX", "ServerSettings", "routes"]
