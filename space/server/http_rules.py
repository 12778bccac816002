"""What holds for every call and answer of the server: which hosts it answers for, who may frame it, how slow a body may be."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from counsel_leaderboard.leaderboard.submissions.callers import address

LOOPBACK: Final = frozenset(("localhost", "127.0.0.1", "::1"))
WILDCARDS: Final = frozenset(("0.0.0.0", "::"))  # noqa: S104 - compared with, and not listened on
FORWARDED: Final = b"x-forwarded-"
WAIT_SECONDS: Final = 20.0
GRACE_SECONDS: Final = 30.0
MIN_BYTES_PER_SECOND: Final = 32 * 1024
BODIES_AT_ONCE: Final = 16

# Gradio's page has scripts and styles in its HTML and builds functions from texts; nothing is loaded from elsewhere.
POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self' https://huggingface.co"
)

EMBEDDED: Final = "/embed/board"
"""The one page that any other page may frame: it has no script, form or cookie, and its links open windows of their own."""
EMBEDDED_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'self'; form-action 'none'; frame-ancestors *"


@dataclass(frozen=True)
class HttpRules:
    """One server's rules. hosts: names that a Host header may have, None for any. ancestors: origins whose pages may frame it.

    any_ip: an IP address as Host is accepted too. proxies: the host's own in front of the server; without one, what a caller
    says of forwarding is removed. wait_seconds, grace_seconds: how long a part of a body may take to come, and the whole of it
    beyond its size at 32 KiB/s.
    """

    hosts: frozenset[str] | None = None
    ancestors: tuple[str, ...] = ()
    any_ip: bool = False
    proxies: int = 0
    wait_seconds: float = WAIT_SECONDS
    grace_seconds: float = GRACE_SECONDS
    headers: dict[str, str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """The headers of every answer."""
        headers = {
            "Content-Security-Policy": f"{POLICY}; frame-ancestors {' '.join(self.ancestors) or chr(39) + 'none' + chr(39)}",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        if not self.ancestors:
            headers["X-Frame-Options"] = "DENY"
        object.__setattr__(self, "headers", headers)

    def headers_of(self, path: str) -> dict[str, str]:
        """The headers of an answer at that path."""
        if path != EMBEDDED:
            return self.headers
        own = {**self.headers, "Content-Security-Policy": EMBEDDED_POLICY}
        own.pop("X-Frame-Options", None)
        return own

    def answers_for(self, host: str) -> bool:
        """Whether the server answers to that Host header, with or without a port."""
        if self.hosts is None:
            return True
        name = host_name(host)
        return name is not None and (name in self.hosts or (self.any_ip and _is_ip(name)))


def of_server(listening: str, configured: tuple[str, ...], ancestors: tuple[str, ...], proxies: int) -> HttpRules:
    """The rules of a server that listens on `listening`: loopback names, that address, and what the host configured."""
    hosts = LOOPBACK | {listening.lower()} | {name.lower() for name in configured}
    return HttpRules(frozenset(hosts - WILDCARDS), ancestors, any_ip=listening in WILDCARDS, proxies=proxies)


def host_name(host: str) -> str | None:
    """The name in a Host header, in lower case and without port and brackets; None where it cannot be read."""
    text = host.strip().lower()
    if text.startswith("["):
        name, bracket, rest = text[1:].partition("]")
        return name if bracket and _is_ip(name) and (not rest or _is_port(rest)) else None
    name, colon, port = text.partition(":")
    return name.removesuffix(".") if name and (not colon or _is_port(f":{port}")) else None


def _is_port(text: str) -> bool:
    return text.startswith(":") and text[1:].isascii() and text[1:].isdecimal() and len(text) <= len(":65535")


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def server_error(rules: HttpRules) -> Callable[[Request, Exception], JSONResponse]:
    """What answers where the app failed: Starlette gives that answer outside all middleware, without the rules' headers."""

    def answer(_request: Request, _error: Exception) -> JSONResponse:
        body = {"field": "server", "rule": "server", "message": "server: an error that its host finds in the log."}
        return JSONResponse(body, 500, rules.headers)

    return answer


class HttpRulesMiddleware:
    """ASGI application around `app` that applies the rules to every call."""

    def __init__(self, app: ASGIApp, rules: HttpRules) -> None:
        self.app, self.rules = app, rules
        self._bodies: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a call for another host and a body that does not come; otherwise forward it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), scope["path"].removeprefix(scope.get("root_path", ""))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                shown = MutableHeaders(scope=message)
                for name, value in self.rules.headers_of(path).items():
                    shown[name] = value
            await send(message)

        if not self.rules.answers_for(headers.get("host", "")):
            message = "host: this server does not answer for it. Its host lists its names in COUNSEL_HOSTS."
            await _refusal(421, "host", "known", message)(scope, receive, answer)
            return
        scope = {**scope, "headers": [pair for pair in scope["headers"] if self._may_pass(*pair)]}
        if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
            await self.app(scope, receive, answer)
            return
        connection = scope["client"][0] if scope.get("client") else None
        sender = address(connection, headers.get("x-forwarded-for", ""), self.rules.proxies) or "unknown"
        if self._bodies[sender] >= BODIES_AT_ONCE:
            message = f"body: {BODIES_AT_ONCE} are being sent from this address. Send it again when one has ended."
            await _refusal(429, "body", "at_once", message)(scope, receive, answer)
            return
        await self._with_deadline(scope, receive, answer, sender)

    def _may_pass(self, name: bytes, value: bytes) -> bool:
        """Whether the app may see that header: of forwarding it learns from the host's own proxies alone."""
        if not name.startswith(FORWARDED):
            return True
        return self.rules.proxies > 0 and (
            name != b"x-forwarded-host" or self.rules.answers_for(value.decode("latin-1").partition(",")[0])
        )

    async def _with_deadline(self, scope: Scope, receive: Receive, send: Send, sender: str) -> None:
        body = _Body(receive, self.rules)
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if body.late and not started:
                return  # whatever the app made of half a body; the refusal follows
            started = True
            await send(message)

        self._bodies[sender] += 1
        try:
            await self.app(scope, body.receive_first(lambda: self._received(sender, body)), answer)
        except Exception:
            if not body.late or started:
                raise
        finally:
            self._received(sender, body)
        if body.late and not started:
            message = "body: did not arrive in time. Send it again over a faster connection."
            await _refusal(408, "body", "in_time", message)(scope, receive, send)

    def _received(self, sender: str, body: _Body) -> None:
        """Count a body as received, once."""
        if not body.counted:
            body.counted = True
            self._bodies[sender] -= 1
            if not self._bodies[sender]:
                del self._bodies[sender]


class _Body:
    """A body as it arrives; `late` once it did not come in time."""

    def __init__(self, receive: Receive, rules: HttpRules) -> None:
        self._receive, self._rules = receive, rules
        self.late = self.counted = self._complete = False
        self._size, self._waited = 0, 0.0

    def receive_first(self, received: object) -> Receive:
        """A `receive` that gives up on a body that is late, and calls `received` when it is complete."""

        async def receive() -> Message:
            if self._complete:
                return await self._receive()
            message = await self._next()
            if not message.get("more_body", False):
                self._complete = True
                received()  # type: ignore[operator]
            return message

        return receive

    async def _next(self) -> Message:
        allowed = self._rules.grace_seconds + self._size / MIN_BYTES_PER_SECOND - self._waited
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(max(0.0, min(allowed, self._rules.wait_seconds))):
                message = await self._receive()
        except TimeoutError:
            self.late = True
            # The app ends the call as if the caller had gone.
            return {"type": "http.disconnect"}
        self._waited += loop.time() - began
        self._size += len(message.get("body", b""))
        return message


def _refusal(status: int, of: str, rule: str, message: str) -> JSONResponse:
    # The body may not have been read to its end; closing the connection avoids waiting for it.
    return JSONResponse({"field": of, "rule": rule, "message": message}, status, {"Connection": "close"})
