"""uvicorn's HTTP protocol with a deadline for the headers of a call, and limits to connections and calls."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar, Final, cast

import h11
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS: Final = 15.0
MAX_FROM_ADDRESS: Final = 128
BUSY: Final = "The server has too many connections. Try again later."


class BoundedProtocol(H11Protocol):
    """One connection. `behind_proxies`: then all come from the proxies' addresses, and only their total is limited.

    `answer_headers` are sent where the total is reached: uvicorn's own answer there comes from outside the app, without any.
    """

    header_seconds: ClassVar[float] = HEADER_SECONDS
    max_from_address: ClassVar[int] = MAX_FROM_ADDRESS
    behind_proxies: ClassVar[bool] = False
    by_address: ClassVar[Counter[str]] = Counter()
    answer_headers: ClassVar[Mapping[str, str]] = {}
    _timer: asyncio.TimerHandle | None = None
    _counted: str | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._most, self.limit_concurrency = self.limit_concurrency, None
        self._within, self.app = cast("ASGIApp", self.app), cast("Any", self._limited)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The app, or 503 where so many connections or calls are open as uvicorn's `limit_concurrency` allows."""
        if self._most is not None and (len(self.connections) >= self._most or len(self.tasks) > self._most):
            busy = PlainTextResponse(BUSY, 503, {**self.answer_headers, "Connection": "close"})
            await busy(scope, receive, send)
        else:
            await self._within(scope, receive, send)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the headers, or close the connection if its address has too many."""
        super().connection_made(cast("asyncio.Transport", transport))
        address = self.client[0] if self.client else ""
        if not self.behind_proxies and self.by_address[address] >= self.max_from_address:
            self.transport.close()
            return
        self._counted = address
        self.by_address[address] += 1
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection no longer."""
        self._stop_timer()
        if self._counted is not None:
            self.by_address[self._counted] -= 1
            if not self.by_address[self._counted]:
                del self.by_address[self._counted]
            self._counted = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass the bytes on; the deadline holds until a call is complete, and is not renewed by single bytes."""
        super().data_received(data)
        if self._owes_bytes():
            self._start_timer()
        else:
            self._stop_timer()

    def _owes_bytes(self) -> bool:
        """Whether the caller has sent half of its headers, or still sends a body that was answered already."""
        state: Any = self.conn.their_state
        if state is h11.IDLE:
            return bool(self.conn.trailing_data[0])
        return state is h11.SEND_BODY and self.cycle is not None and self.cycle.response_complete

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.header_seconds, self._close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()
