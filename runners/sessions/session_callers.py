"""Who may call a session server: programs on this machine that know the key that its sessions spend, and no web page."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from counsel_leaderboard.registry.common.untrusted.foreign_json import ForeignJsonError, JsonLimits, parsed

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
BODY_LIMITS: Final = JsonLimits(depth=16, bytes=1024 * 1024, values=20_000)


def callers_checked(keys: Sequence[str]) -> Middleware:
    """Refuses whoever is not to be served: 403 for a web page, 401 without one of `keys`; without keys nobody is asked for one.

    A page of another site can send a request here, also under a name of its own that leads to this machine: its `Host` is no
    name of this machine then, and the type of its body none that it may choose freely.
    """
    expected = [f"Bearer {key}".encode() for key in keys]

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host.rpartition(":")[0] not in LOOPBACK and request.host not in LOOPBACK:
            return refusal(403, "this server answers this machine alone: call it by 127.0.0.1 or localhost")
        if request.method == "POST" and (request.content_type != "application/json" or "Origin" in request.headers):
            return refusal(403, "this server answers programs alone, and JSON (Content-Type: application/json)")
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if request.method == "POST" and expected and not any(hmac.compare_digest(given, key) for key in expected):
            return refusal(401, "send the key of $COUNSEL_ENDPOINT_KEY or $COUNSEL_CLIENT_KEY, which sessions spend, as bearer")
        return await handler(request)

    return check


async def body_of(request: web.Request) -> dict[str, Any]:
    """The fields of a chat request. Raises ForeignJsonError for anything but a JSON object within BODY_LIMITS."""
    body = parsed(await request.read(), BODY_LIMITS)
    if not isinstance(body, dict):
        raise ForeignJsonError("is no JSON object")
    return body


def refusal(status: int, message: str) -> web.Response:
    """An error as chat clients read it."""
    return web.json_response({"error": {"message": message, "type": "invalid_request_error"}}, status=status)
