"""The child process that serves one control behind the OpenAI-compatible HTTP API."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from aiohttp import web

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.runners.engines.controls.scripts import CONTROLS, Control, Messages
from counsel_leaderboard.runners.engines.parent_watch import end_with_parent

MAX_BODY_BYTES = 16 * 1024 * 1024


def application(control: Control) -> web.Application:
    """The app with `/health`, `/v1/models` and `/v1/chat/completions`; it answers 400 to a body that is no chat request."""

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def models(_request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": control.name, "object": "model", "owned_by": "counsel"}]})

    async def chat(request: web.Request) -> web.Response:
        try:
            text = control.answer(_messages(await request.json()))
        except (ValueError, KeyError, TypeError):
            return web.json_response({"error": {"message": "body must be a chat completion request with messages"}}, status=400)
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return web.json_response({"object": "chat.completion", "model": control.name, "choices": [choice]})

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.add_routes(
        [web.get("/health", health), web.get("/v1/models", models), web.post("/v1/chat/completions", chat)],
    )
    return app


def _messages(body: Any) -> Messages:
    """The conversation in a request's body. Raises KeyError, TypeError or ValueError if it holds none."""
    messages: Messages = body["messages"]
    if not messages or not all(isinstance(message[key], str) for message in messages for key in ("role", "content")):
        raise ValueError("messages must be a list of roles and texts")
    return messages


async def serve(control: Control) -> None:
    """Listen on a free loopback port, report it as an event, serve until the process ends."""
    runner = web.AppRunner(application(control), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    events.send(events.Ready(address=f"http://{host}:{port}"))
    await asyncio.Event().wait()


def main() -> None:
    """Serve the control named on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", required=True, choices=sorted(CONTROLS))
    args = parser.parse_args()
    end_with_parent()
    asyncio.run(serve(CONTROLS[args.control]))


if __name__ == "__main__":
    main()
