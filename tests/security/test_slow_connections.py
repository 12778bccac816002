"""Connections that send half a call, and many connections from one address, against a server on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

import httpx
import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from counsel_leaderboard.space.server.connections import BoundedProtocol
from counsel_leaderboard.space.server.http_rules import HttpRules
from counsel_leaderboard.space.server.serving import listen


class Hurried(BoundedProtocol):
    """Deadlines and limits that a test can wait for."""

    header_seconds = 0.3
    max_from_address = 8
    by_address: ClassVar[Counter[str]] = Counter()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at once, without reading a body."""
    if scope["type"] == "http":
        await PlainTextResponse("up")(scope, receive, send)


@contextlib.contextmanager
def served(protocol: type[BoundedProtocol], limit_concurrency: int | None = None) -> Iterator[int]:
    """The port of a server on loopback with that protocol."""
    with listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(
            app, http=protocol, ws="none", lifespan="off", log_level="critical", timeout_graceful_shutdown=1,
            limit_concurrency=limit_concurrency,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(Hurried) as number:
        yield number


@pytest.mark.parametrize(
    "sent",
    [b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"\r\n",
     b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\n",
     b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"],
)  # fmt: skip
def test_half_a_call_is_closed(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        while connection.recv(4096):
            pass  # ends when the server closes; the timeout of the socket fails the test


def test_single_bytes_do_not_renew_the_deadline(port: int) -> None:
    ended = threading.Event()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")

        def drip() -> None:
            while not ended.wait(0.05):
                with contextlib.suppress(OSError):
                    connection.sendall(b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            with contextlib.suppress(ConnectionError):
                while connection.recv(4096):
                    pass
        finally:
            ended.set()
            dripping.join()


def test_many_connections_from_one_address_are_closed_and_the_rest_goes_on(port: int) -> None:
    with contextlib.ExitStack() as stack:
        many = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(8)]
        with socket.create_connection(("127.0.0.1", port), timeout=10) as one_more, contextlib.suppress(ConnectionError):
            assert one_more.recv(10) == b""
        for connection in many:
            with contextlib.suppress(ConnectionError):
                while connection.recv(4096):
                    pass
    assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).text == "up"


class Named(Hurried):
    """Answers with a header where there are too many connections."""

    by_address: ClassVar[Counter[str]] = Counter()
    answer_headers = HttpRules().headers


def test_too_many_connections_are_answered_with_the_headers_of_every_answer() -> None:
    with served(Named, limit_concurrency=3) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as first:
        assert first.get("/").status_code == 200
        with socket.create_connection(("127.0.0.1", port)) as _second:
            answer = httpx.get(f"http://127.0.0.1:{port}/")
    assert answer.status_code == 503
    assert answer.headers["connection"] == "close"
    assert HttpRules().headers.items() <= {name: answer.headers.get(name) for name in HttpRules().headers}.items()
