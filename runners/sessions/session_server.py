"""An OpenAI-compatible server whose answers are whole sessions: it stands between lm_eval and the candidate's server."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from aiohttp import web

from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.common import events, retry
from counsel_leaderboard.registry.common.credentials import bearer
from counsel_leaderboard.registry.common.untrusted.foreign_json import ForeignJsonError
from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript
from counsel_leaderboard.runners.sessions.session_callers import body_of, callers_checked, refusal
from counsel_leaderboard.runners.sessions.session_player import Bounds, SessionPlayer, TurnCheck
from counsel_leaderboard.runners.sessions.session_request import SessionRequest, SessionRequestError, read_request
from counsel_leaderboard.runners.sessions.turn_log import TurnLog
from counsel_leaderboard.runners.sessions.wording import ClientModel

MAX_BODY_BYTES: Final = 1024 * 1024
TASK: Final = "sessions"
Report = Callable[[events.ProgressEvent], object]
METHOD: Final = "3"
"""Goes up whenever the engine would choose another line for the same turns: stored turns of another method are not gone on
with.
"""


@dataclass(frozen=True)
class ModelAddress:
    """A served model: `url` ends in `/v1`; the key is sent as a bearer token; `proxied`: use the environment's proxies."""

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    proxied: bool = True

    @property
    def chat_url(self) -> str:
        """The address of its chat completions."""
        return f"{self.url.rstrip('/').removesuffix('/chat/completions')}/chat/completions"


@dataclass(frozen=True)
class ServerPlan:
    """What a session server needs. `folder` holds the turns of sessions; the same folder goes on with them after a restart."""

    candidate: ModelAddress
    clients: Mapping[str, HybridClient | LedClient]
    stage: Stage
    folder: Path
    client_model: ModelAddress | None = None
    bounds: Bounds = field(default_factory=Bounds)
    turn_seconds: float = 300.0
    concurrent: int = 8
    policy: retry.Policy = retry.CHAT
    check_turn: TurnCheck | None = None


class SessionServer:
    """Plays what is asked, at most `concurrent` sessions at once. `report` receives how many turns are done."""

    def __init__(self, plan: ServerPlan, player: SessionPlayer, report: Report = events.send) -> None:
        self._plan, self._player, self._send = plan, player, report
        self._room = asyncio.Semaphore(plan.concurrent)
        self._locks = defaultdict[str, asyncio.Lock](asyncio.Lock)
        self._planned = self.turns_done = self._failed = 0

    @property
    def keys(self) -> list[str]:
        """What a caller may show: each key that sessions spend."""
        return [address.key for address in (self._plan.candidate, self._plan.client_model) if address and address.key]

    def turn_done(self) -> None:
        """Count a turn and report it."""
        self.turns_done += 1
        self._report()

    async def answer(self, request: SessionRequest) -> str:
        """The transcript as JSON."""
        return (await self.transcript(request)).model_dump_json()

    def read(self, body: Mapping[str, Any]) -> SessionRequest:
        """The session that a chat request orders. Raises SessionRequestError."""
        return read_request(body, self._plan.clients)

    async def transcript(self, request: SessionRequest) -> SessionTranscript:
        """The session. The same one asked for twice at once is played once."""
        key = request.key(self._plan.candidate.model, self._player.client_model, f"{METHOD} {self._plan.stage.embed.name}")
        self._planned += request.order.turns
        async with self._locks[key], self._room:
            before = self.turns_done
            log = TurnLog(self._plan.folder / f"{request.card.id}-{key[:24]}.jsonl")
            transcript = await self._player.play(request, log)
            # A session may end early: what is planned is then what was played.
            self._planned += len(transcript.counselor_turns()) - request.order.turns
            if transcript.failure is not None:
                self._failed += 1
            if self.turns_done != before:
                self._report()
        return transcript

    def _report(self) -> None:
        self._send(
            events.ProgressEvent(
                task=TASK, done=self.turns_done, total=max(self._planned, self.turns_done), unscored=self._failed
            )
        )

    async def chat(self, request: web.Request) -> web.Response:
        """`POST /v1/chat/completions`. 400 names what a request lacks."""
        try:
            ordered = self.read(await body_of(request))
        except ForeignJsonError as error:
            return refusal(400, f"the body {error}.")
        except SessionRequestError as error:
            return refusal(400, str(error))
        return web.json_response(session_completion(await self.transcript(ordered)))

    async def models(self, _request: web.Request) -> web.Response:
        """`GET /v1/models`: the candidate."""
        listed = {"id": self._plan.candidate.model, "object": "model", "owned_by": "counsel"}
        return web.json_response({"object": "list", "data": [listed]})


def session_completion(transcript: SessionTranscript) -> dict[str, Any]:
    """The chat completion whose reply is a session."""
    message = {"role": "assistant", "content": transcript.model_dump_json()}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return {"object": "chat.completion", "model": transcript.counselor, "choices": [choice]}


@asynccontextmanager
async def session_server(plan: ServerPlan, report: Report = events.send) -> AsyncIterator[SessionServer]:
    """A server with its connections, before it listens. `report` receives how many turns are done."""
    async with AsyncExitStack() as stack:
        candidate = await stack.enter_async_context(_client(plan.candidate, plan.turn_seconds))
        endpoint = chat_http.ChatEndpoint(candidate, plan.candidate.chat_url, plan.turn_seconds, plan.policy)
        words = None
        if plan.client_model is not None:
            speaking = await stack.enter_async_context(_client(plan.client_model, plan.turn_seconds))
            words = ClientModel(
                chat_http.ChatEndpoint(speaking, plan.client_model.chat_url, plan.turn_seconds, plan.policy),
                plan.client_model.model, plan.stage.embed, plan.folder / "wordings",
            )  # fmt: skip
        server: SessionServer
        player = SessionPlayer(
            plan.stage, endpoint, plan.candidate.model, words, plan.bounds, lambda: server.turn_done(), plan.check_turn
        )  # fmt: skip
        server = SessionServer(plan, player, report)
        yield server


def application(server: SessionServer) -> web.Application:
    """The app with `/health`, `/v1/models` and `/v1/chat/completions`, for the callers of `callers_checked`."""

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[callers_checked(server.keys)])
    app.add_routes(
        [web.get("/health", health), web.get("/v1/models", server.models), web.post("/v1/chat/completions", server.chat)]
    )
    return app


async def listen(plan: ServerPlan, port: int = 0, ready: Callable[[str], object] = lambda address: None) -> None:
    """Listen on loopback, report the address as an event and to `ready`, serve until cancelled."""
    async with session_server(plan) as server:
        runner = web.AppRunner(application(server), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            events.send(events.Ready(address=address))
            ready(address)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()


def _client(address: ModelAddress, seconds: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        **chat_http.options(address.chat_url, headers=bearer(address.key), timeout_s=seconds, proxied=address.proxied),
        limits=httpx.Limits(max_connections=64),
    )
