"""The HTTP API: one router for the app that also shows the board."""

from fastapi import APIRouter

from counsel_leaderboard.leaderboard.api import gate, health, readers, reports, submissions, unknown_routes, workers
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.queue import Queue
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings

PREFIX = "/api/v1"


def routes(store: Store, settings: ServerSettings) -> APIRouter:
    """Everything under `/api/v1`, and `/metrics`. Include it before anything is mounted at `/`.

    The store is open and caught up (`leaderboard.store.rebuild.catch_up`) when the first call comes.
    """
    queue = Queue(store, lease_seconds=settings.lease_seconds)
    known = (
        submissions.router(PREFIX, queue, settings),
        workers.router(PREFIX, queue, settings),
        reports.router(PREFIX, queue, settings),
        readers.router(PREFIX, store),
        gate.router(PREFIX, store, settings),
        health.router(PREFIX, store),
    )
    combined = APIRouter()
    # Taken over as they are: FastAPI would build each of them anew for every router that includes it.
    for router in (*known, unknown_routes.router(PREFIX, known), health.metrics(queue)):
        combined.routes.extend(router.routes)
    return combined


__all__ = ["PREFIX", "ServerSettings", "routes"]
