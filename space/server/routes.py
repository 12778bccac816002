"""The routes of the server beside the pages: its health, and the board as a file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from counsel_leaderboard.leaderboard.api import board_response
from counsel_leaderboard.leaderboard.exchange.board_files import Kind
from counsel_leaderboard.registry.manifests import Source
from counsel_leaderboard.space.services.board_reader import BoardReader


def router(reader: BoardReader) -> APIRouter:
    """The routes; they must be in the app before Gradio is mounted at "/", which answers everything after it."""
    routes = APIRouter()

    @routes.get("/health")
    def health() -> dict[str, str | int]:
        """The server is up and its store answers."""
        return {"status": "ok", "models": reader.suite("open").display.height}

    @routes.get("/export/{source}.{kind}", responses=board_response.DOCUMENTED)
    def board(
        source: Annotated[Source, Path()], kind: Annotated[Kind, Path()], if_none_match: board_response.IfNoneMatch = None
    ) -> Response:
        """The long board frame of a suite."""
        return board_response.answer(reader.store, source, kind, if_none_match, f"counsel-board-{source}.{kind}")

    return routes
