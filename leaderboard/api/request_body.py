"""A request's body on the disk: written as it arrives, at most up to the limit, and deleted afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import Request
from starlette.requests import ClientDisconnect

from counsel_leaderboard.leaderboard.api.errors import CallError
from counsel_leaderboard.leaderboard.runs.files import refused

ARCHIVE = {"requestBody": {"required": True, "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (
    "application/x-tar", "application/gzip", "application/zip")}}}  # fmt: skip


@asynccontextmanager
async def written(request: Request, incoming: Path, most: int) -> AsyncIterator[Path]:
    """The body as a file in a folder of its own, which is deleted when the block ends. Raises CallError, StorageError."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdecimal() and len(length) < 20 and int(length) > most:
        raise _too_large(most)
    try:
        incoming.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=incoming) as folder:
            archive = Path(folder) / "archive"
            await _stream(request, archive, most)
            yield archive
    except OSError as error:
        raise refused(incoming, error, what="the upload could not be written") from error


async def _stream(request: Request, archive: Path, most: int) -> None:
    size = 0
    with archive.open("wb") as out:
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise _too_large(most)
                out.write(chunk)
        except ClientDisconnect as error:
            raise CallError(400, "body", "complete", "body: ended before it was complete. Send it again.") from error


def _too_large(most: int) -> CallError:
    return CallError(413, "body", "size", f"body: has more than {most} bytes.")
