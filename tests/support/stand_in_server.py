"""A stand-in for any OpenAI-compatible server, with faults on demand and the power to die."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

CUT = "<cut>"
"""A reply that is none: the connection is closed without a byte."""
DIE = "<die>"
"""The server stops listening and closes every connection."""

Reply = Callable[[dict[str, Any]], Any]


def completion(content: Any, **more: Any) -> dict[str, Any]:
    """A chat completion of 7 prompt and 3 reply tokens."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return {"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage, **more}


def fault(status: int, text: str = "fault", **headers: str) -> Callable[[], web.Response]:
    """A reply of that status; made anew each time, since a response can be sent once."""
    return lambda: web.Response(
        status=status, text=text, headers={key.replace("_", "-"): each for key, each in headers.items()}
    )


@dataclass
class StandIn:
    """Answers chat completions with what `reply(payload)` gives.

    A text or None is the content of a completion, a dict the whole answer, an aiohttp response is sent as it is, a function
    makes the response, CUT and DIE are as they say. `bodies` holds the raw bodies, `payloads` the same parsed, `headers` what
    came with each. With `context` the server says, as vLLM does, how many tokens a request may have; with `tokens` it counts a
    conversation's as that function says.
    """

    reply: Reply
    models: Any = ("some-model",)
    key: str | None = None
    context: int | None = None
    tokens: Callable[[dict[str, Any]], Any] | None = None
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    looked: int = 0
    probed: int = 0
    runner: web.AppRunner | None = None
    loop: asyncio.AbstractEventLoop | None = None

    @property
    def base_url(self) -> str:
        """The address that an OpenAI client asks for."""
        return f"{self.url}/v1"

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        payload = json.loads(body)
        if payload.get("max_tokens") == 1:
            return self.probe(payload)
        self.bodies.append(body)
        self.payloads.append(payload)
        self.headers.append(dict(request.headers))
        answer = self.reply(payload)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if isinstance(answer, web.StreamResponse):
            return answer
        if answer == CUT:
            return self.cut(request)
        if answer == DIE:
            await self.die()
            return web.Response()
        if callable(answer):
            return answer()
        return web.json_response(answer if isinstance(answer, dict) else completion(answer, model=payload.get("model")))

    def probe(self, payload: dict[str, Any]) -> web.Response:
        """The harness asks for one token to see what becomes of a system message; here a word is one, and all are kept."""
        self.probed += 1
        words = sum(len(message["content"].split()) for message in payload["messages"])
        return web.json_response(completion("x", usage={"prompt_tokens": words, "completion_tokens": 1}))

    async def list_models(self, request: web.Request) -> web.StreamResponse:
        self.looked += 1
        if self.key is not None and request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.Response(status=401)
        if callable(self.models):
            return self.models()
        more = {} if self.context is None else {"max_model_len": self.context}
        return web.json_response({"object": "list", "data": [{"id": name, **more} for name in self.models]})

    async def count(self, request: web.Request) -> web.StreamResponse:
        answer = self.tokens(await request.json()) if self.tokens else web.Response(status=404)
        return answer if isinstance(answer, web.StreamResponse) else web.json_response({"count": answer})

    def cut(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def die(self) -> None:
        assert self.runner is not None
        for site in list(self.runner.sites):
            await site.stop()
        assert self.runner.server is not None
        for connection in list(self.runner.server.connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def start(self) -> None:
        app = web.Application(client_max_size=2**26)
        app.add_routes([web.post("/v1/chat/completions", self.chat), web.get("/v1/models", self.list_models)])
        app.add_routes([web.post("/tokenize", self.count)])
        self.loop = asyncio.get_running_loop()
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"


@contextmanager
def standing_in() -> Iterator[Callable[..., StandIn]]:
    """A function that starts stand-ins in a thread; all are stopped at the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    started: list[StandIn] = []

    def begin(reply: Reply, **settings: Any) -> StandIn:
        standin = StandIn(reply, **settings)
        asyncio.run_coroutine_threadsafe(standin.start(), loop).result(10)
        started.append(standin)
        return standin

    try:
        yield begin
    finally:
        for standin in started:
            assert standin.runner is not None
            asyncio.run_coroutine_threadsafe(standin.runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
