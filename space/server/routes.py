"""The routes of the server beside the pages: its health, and the board as a file."""

from __future__ import annotations

from typing import Annotated

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Response

from counsel_leaderboard.leaderboard.api import board_response
from counsel_leaderboard.leaderboard.exchange.board_files import Kind
from counsel_leaderboard.registry.manifests import Source
from counsel_leaderboard.space.services.board_reader import BoardReader

HEALTH_THREADS = 4


def router(reader: BoardReader) -> APIRouter:
    """The routes; they must be in the app before Gradio is mounted at "/", which answers everything after it."""
    routes = APIRouter()

    own_threads = CapacityLimiter(HEALTH_THREADS)  # those of the other routes may all wait for the Hub

    @routes.get("/health")
    async def health() -> dict[str, str | int]:
        """The server is up and its store answers."""
        models = await run_sync(lambda: reader.suite("open").display.height, limiter=own_threads)
        return {"status": "ok", "models": models}

    @routes.get("/export/{source}.{kind}", responses=board_response.DOCUMENTED)
    def board(
        source: Annotated[Source, Path()], kind: Annotated[Kind, Path()], if_none_match: board_response.IfNoneMatch = None
    ) -> Response:
        """The long board frame of a suite."""
        return board_response.answer(reader.store, source, kind, if_none_match, f"counsel-board-{source}.{kind}")

    return routes
