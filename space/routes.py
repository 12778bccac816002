"""What the server answers beside the pages: its health, and the board as a file."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Response

from leaderboard import export
from leaderboard.suite import Source
from space.reading import Reader

MEDIA: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": "application/vnd.apache.parquet"}


def router(reader: Reader) -> APIRouter:
    """The routes; they must be in the app before Gradio is mounted at "/", which answers everything after it."""
    made = APIRouter()

    @made.get("/health")
    def health() -> dict[str, str | int]:
        """The server is up and its store answers."""
        return {"status": "ok", "models": reader.suite("open").display.height}

    @made.get("/export/{source}.{kind}")
    def board(source: Annotated[Source, Path()], kind: Annotated[Literal["csv", "json", "parquet"], Path()]) -> Response:
        """The long board frame of a suite."""
        raw = export.render(reader.suite(source).board.scores, kind)
        headers = {"Content-Disposition": f'attachment; filename="counsel-board-{source}.{kind}"'}
        return Response(raw, media_type=MEDIA[kind], headers=headers)

    return made
