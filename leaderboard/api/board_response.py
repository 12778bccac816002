"""The board as an HTTP response: a file with its ETag, or 304 where the caller already has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import Header, Response
from fastapi.responses import StreamingResponse

from counsel_leaderboard.leaderboard.exchange import board_files
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.manifests import Source

TYPES: Final = {"json": "application/json", "csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {kind.split(";")[0]: {} for kind in TYPES.values()}, "description": "One row a run, task and metric"},
    304: {"description": "The board is still the one whose tag `if-none-match` gives"},
}
PART_BYTES = 1_000_000
IfNoneMatch = Annotated[str | None, Header(max_length=1000)]


def answer(store: Store, source: Source, kind: board_files.Kind, if_none_match: str | None, name: str | None) -> Response:
    """The board of one suite; 304 where `if_none_match` names its ETag. `name`: the name of the saved file."""
    file = board_files.read(store, source, kind)
    headers = {"ETag": file.tag, "Cache-Control": "no-cache"}
    if _names(if_none_match, file.tag):
        return Response(status_code=304, headers=headers)
    if name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    # A board of a thousand runs has 60 MB: sent in one piece, the server would copy them twice for each reader.
    headers["Content-Length"] = str(len(file.raw))
    return StreamingResponse(_parts(file.raw), media_type=TYPES[kind], headers=headers)


async def _parts(raw: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(raw), PART_BYTES):
        yield raw[start : start + PART_BYTES]


def _names(tags: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names that tag; a proxy may have made it weak."""
    given = [entry.strip().removeprefix("W/") for entry in (tags or "").split(",")]
    return tag in given or "*" in given
