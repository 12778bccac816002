"""A loopback server of the OpenAI-compatible chat API whose replies a function gives: for controls and recorded answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from counsel_leaderboard.registry.common import events

MAX_BODY_BYTES = 16 * 1024 * 1024

Reply = Callable[[Mapping[str, Any]], str | None]
"""The reply to the body of a chat request; None for a null reply. Raises LookupError where it has none."""


def application(name: str, reply: Reply) -> web.Application:
    """The app with `/health`, `/v1/models` and `/v1/chat/completions`.

    It answers 400 to a body that is no chat request, and 404 where `reply` has nothing.
    """

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def models(_request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": name, "object": "model", "owned_by": "counsel"}]})

    async def chat(request: web.Request) -> web.Response:
        try:
            body = checked(await request.json())
        except (ValueError, KeyError, TypeError):
            return web.json_response({"error": {"message": "body must be a chat completion request with messages"}}, status=400)
        try:
            text = reply(body)
        except LookupError:
            return web.json_response({"error": {"message": "no reply to this prompt is stored"}}, status=404)
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return web.json_response({"object": "chat.completion", "model": name, "choices": [choice]})

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.add_routes(
        [web.get("/health", health), web.get("/v1/models", models), web.post("/v1/chat/completions", chat)],
    )
    return app


def checked(body: Any) -> Mapping[str, Any]:
    """The body of a chat request. Raises KeyError, TypeError or ValueError if it holds no conversation."""
    messages = body["messages"]
    if not messages or not all(isinstance(message[key], str) for message in messages for key in ("role", "content")):
        raise ValueError("messages must be a list of roles and texts")
    return dict(body)


async def _serve(name: str, reply: Reply) -> None:
    runner = web.AppRunner(application(name, reply), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    events.send(events.Ready(address=f"http://{host}:{port}"))
    await asyncio.Event().wait()


def serve(name: str, reply: Reply) -> None:
    """Listen on a free loopback port, report it as an event, serve until the process ends."""
    asyncio.run(_serve(name, reply))
