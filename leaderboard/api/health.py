"""Liveness, readiness and metrics of the server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any, Literal

import duckdb
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import BaseModel

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.queue import Queue

FREE_BYTES = 100 * 1024 * 1024


class Health(BaseModel):
    """`ok`, or what is wrong."""

    status: Literal["ok", "unavailable"]
    reason: str | None = None


class QueueNumbers(Collector):
    """Gauges that are read from the store at each scrape."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Requests by state, stored runs, free bytes."""
        requests = GaugeMetricFamily("counsel_requests", "Requests of the queue by state", labels=["state"])
        for state, count in self.queue.counts().items():
            requests.add_metric([state], count)
        yield requests
        with self.queue.store.reading() as cursor:
            runs = cursor.execute("SELECT count(*) FROM runs").fetchall()[0][0]
        yield GaugeMetricFamily("counsel_runs", "Stored runs", value=runs)
        free = shutil.disk_usage(self.queue.store.home).free
        yield GaugeMetricFamily("counsel_disk_free_bytes", "Free bytes where runs are stored", value=free)


def router(prefix: str, store: Store) -> APIRouter:
    """`/health/live`: the process answers. `/health/ready`: the store can be read and written."""
    routes = APIRouter(prefix=prefix, tags=["health"])

    @routes.get("/health/live")
    async def live() -> Health:  # in the event loop: it waits for no thread
        """Liveness: answers as long as the process runs."""
        return Health(status="ok")

    @routes.get("/health/ready", response_model=Health, responses={503: {"model": Health}})
    def ready() -> Any:
        """Readiness: 503 where the store cannot be read or its folder cannot be written."""
        reason = unready(store)
        if reason is None:
            return Health(status="ok")
        return JSONResponse({"status": "unavailable", "reason": reason}, status_code=503)

    return routes


def unready(store: Store) -> str | None:
    """Why the server is not ready, or None."""
    try:
        with store.reading() as cursor:
            cursor.execute("SELECT 1 FROM schema_version").fetchall()
    except duckdb.Error as error:
        return f"the store cannot be read ({type(error).__name__})"
    if not os.access(store.home, os.W_OK):
        return "the home folder cannot be written"
    return "the disk is full" if shutil.disk_usage(store.home).free < FREE_BYTES else None


def metrics(queue: Queue) -> APIRouter:
    """`/metrics`, for Prometheus."""
    routes = APIRouter(tags=["health"])
    registry = CollectorRegistry()
    registry.register(QueueNumbers(queue))

    @routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def numbers() -> Response:
        """Requests by state, stored runs, free disk, in Prometheus' text format."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes
