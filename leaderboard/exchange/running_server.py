"""The board from the server that has this home's store open: only one process can open it, and the server says where it is."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx

from counsel_leaderboard.leaderboard.store.database import StoreError
from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.manifests import Source

FILE_NAME: Final = "server-address"
SECONDS: Final = 60.0


def announce(home: Path, address: str) -> None:
    """Write down where the server of this home listens. Raises OSError."""
    atomic.write(home / FILE_NAME, f"{address}\n", flush="bytes and name", mode=0o600)


def withdraw(home: Path) -> None:
    """Forget it, when the server ends."""
    with suppress(OSError):
        (home / FILE_NAME).unlink(missing_ok=True)


def address_of(home: Path) -> str | None:
    """Where the server of this home listens; None where none said so."""
    try:
        return (home / FILE_NAME).read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def board(address: str, source: Source, kind: str, width: int, transport: httpx.BaseTransport | None = None) -> bytes:
    """The board of one suite in that format, as the server renders it; a table for `width` columns. Raises StoreError."""
    url = f"{address}/api/v1/leaderboard"
    asked = {"source": source, "format": kind, **({"width": str(width)} if kind == "table" else {})}
    try:
        with httpx.Client(transport=transport, **chat_http.options(url, headers={}, timeout_s=SECONDS)) as client:
            answer = chat_http.call(client, "GET", url, params=asked)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StoreError(f"{address}: has the store open, and no answer ({type(error).__name__}). Try it again.") from error
    except NoAnswerError as error:
        raise StoreError(f"{address}: its board cannot be read here ({error}). Open {address}/export/{source}.csv.") from error
    if answer.status != httpx.codes.OK:
        raise StoreError(f"{address}: has the store open and answers with HTTP {answer.status}. Stop it, or ask its host.")
    return answer.body
