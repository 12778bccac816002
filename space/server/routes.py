"""The routes of the server beside the pages: its health, and the board as a file."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import FileResponse

from counsel_leaderboard.leaderboard.api import board_response
from counsel_leaderboard.leaderboard.exchange.board_files import Kind
from counsel_leaderboard.registry.manifests import Source
from counsel_leaderboard.registry.topics import stored_fit
from counsel_leaderboard.space.address import parse
from counsel_leaderboard.space.server import share_picture
from counsel_leaderboard.space.server.http_rules import EMBEDDED
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import embedded_board, heads
from counsel_leaderboard.space.views.topics import PAGE_PATH, shown

HEALTH_THREADS = 4
TopicPage = Literal["map", "hierarchy", "bars"]


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

    @routes.get("/preview.png")
    def preview(request: Request) -> Response:
        """The picture of a view, whose address is the query."""
        address, _ = parse(request.url.query or "?")
        return Response(share_picture.png(heads.of_view(reader, address)), media_type="image/png")

    @routes.get(EMBEDDED)
    def embedded(request: Request) -> Response:
        """The board's table by itself, as the query has it."""
        address, _ = parse(request.url.query or "?")
        return Response(embedded_board.html(reader, address), media_type="text/html")

    @routes.get(PAGE_PATH + "/{name}.html", responses={404: {"description": "No such page is stored."}})
    def topics(name: Annotated[TopicPage, Path()]) -> Response:
        """One of BERTopic's own pictures of the topics, where topics are shown."""
        home = reader.store.home
        page = None if isinstance(shown(home), str) else stored_fit.page(home, name)
        if page is None:
            return Response("no such page", 404, media_type="text/plain")
        return FileResponse(page, media_type="text/html")

    return routes
