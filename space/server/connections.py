"""uvicorn's HTTP protocol with a deadline for the headers of a call, and a limit to the connections from one address."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar, Final, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS: Final = 15.0
MAX_FROM_ADDRESS: Final = 128


class BoundedProtocol(H11Protocol):
    """One connection. `behind_proxies`: then all come from the proxies' addresses, and only their total is limited."""

    header_seconds: ClassVar[float] = HEADER_SECONDS
    max_from_address: ClassVar[int] = MAX_FROM_ADDRESS
    behind_proxies: ClassVar[bool] = False
    by_address: ClassVar[Counter[str]] = Counter()
    _timer: asyncio.TimerHandle | None = None
    _counted: str | None = None

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
