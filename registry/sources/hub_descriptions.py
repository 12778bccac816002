"""A limit to the bytes of what the Hub says of a repository, such as its list of files, which the Hub's client reads whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import httpx2
from huggingface_hub import get_session

from counsel_leaderboard.registry.sources.hub_download import HubSizeError

DESCRIPTION_BYTES: Final = 20 << 20
"""A list of about 100,000 files."""
PATHS: Final = "/api/"


def limit_descriptions() -> None:
    """Make this process's Hub client raise HubSizeError where a description has more than DESCRIPTION_BYTES."""
    client = get_session()
    hooks = client.event_hooks
    if _count not in hooks["response"]:
        client.event_hooks = {"request": [*hooks["request"], _uncompressed], "response": [*hooks["response"], _count]}


def _uncompressed(request: httpx2.Request) -> None:
    if PATHS in request.url.path:
        # What is counted are the bytes that come, so they must not grow when they are read.
        request.headers["Accept-Encoding"] = "identity"


def _count(response: httpx2.Response) -> None:
    if PATHS not in response.request.url.path:
        return
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise HubSizeError("the Hub compressed what it says of a repository, so its size is not known. Not used.")
    if isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _Counted(response.stream)


class _Counted(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self.stream = stream

    def __iter__(self) -> Iterator[bytes]:
        arrived = 0
        for part in self.stream:
            arrived += len(part)
            if arrived > DESCRIPTION_BYTES:
                raise HubSizeError(f"what the Hub says of a repository has more than {DESCRIPTION_BYTES} bytes. Not used.")
            yield part

    def close(self) -> None:
        self.stream.close()
