"""The proxy: a loopback server between lm_eval and an engine, so that one failed request does not end the whole run.

lm-eval gives up a whole run when one request fails. The proxy forwards every request, unchanged unless the engine refuses a
part of it, and retries temporary failures. For an item that still fails it returns a null reply, which lm-eval turns into the
sentinel that the tasks read as *not generated*: unscored and counted. It also records what lm-eval drops: token counts, finish
reasons and progress. Only callers with the key of this run are served.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx
from aiohttp import web

from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.answers import ChatAnswer
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.common import retry
from counsel_leaderboard.registry.common.credentials import bearer
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.events import ProgressEvent
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript
from counsel_leaderboard.runners.engines.base import Served
from counsel_leaderboard.runners.harness.context_window import Context, ContextCheck, TooLong, context_of
from counsel_leaderboard.runners.harness.prompt_counts import PromptCounts
from counsel_leaderboard.runners.sessions.session_request import SessionRequestError, is_order
from counsel_leaderboard.runners.sessions.session_server import SessionServer, session_completion
from counsel_leaderboard.runners.sessions.session_setup import SessionSetup

REQUEST_SECONDS = 600.0
MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_FAILURES = 1000
MAX_MESSAGES = 100


@dataclass
class SessionProgress:
    """Sessions of a run so far: how many were ordered and ended, the counselor turns that are done, and those ordered."""

    ordered: int = 0
    ended: int = 0
    turns: int = 0
    turns_planned: int = 0

    def count(self, event: ProgressEvent) -> None:
        """Take over the session server's counts."""
        self.turns, self.turns_planned = event.done, event.total


@dataclass
class Traffic:
    """Counts of the requests that the proxy handled; `failures` holds our reason for each item that was not generated.

    `length_limited`: answers that ended at their budget; `truncated`: those without any reply; `filtered`: failed, since the
    server's content filter refused; `odd_usage`: answers whose token counts are no counts; `adapted`: what was asked in
    another form than lm_eval's, because the engine refuses that. `messages` holds the servers' messages, for people only:
    they may repeat a prompt or a key, so no record has them. `too_long` holds the prompts that do not fit the context; those
    never reached the engine.
    """

    answered: int = 0
    failed: int = 0
    retried: int = 0
    length_limited: int = 0
    truncated: int = 0
    filtered: int = 0
    odd_usage: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failures: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    too_long: list[TooLong] = field(default_factory=list)
    adapted: list[str] = field(default_factory=list)
    prompt_counts: PromptCounts = field(default_factory=PromptCounts)
    sessions: SessionProgress = field(default_factory=SessionProgress)

    @property
    def done(self) -> int:
        """The number of requests that are finished, answered or failed."""
        return self.answered + self.failed

    def record(self) -> dict[str, Any]:
        """As JSON values, without what `runners.harness.context_overflow` records by item, and without `messages`."""
        left_out = ("too_long", "messages", "prompt_counts", "sessions")
        return {name: value for name, value in asdict(self).items() if name not in left_out}

    def count_answer(self, answer: ChatAnswer) -> None:
        """Add one answer's tokens and how it ended."""
        self.answered += 1
        self.prompt_tokens += answer.prompt_tokens or 0
        self.completion_tokens += answer.completion_tokens or 0
        self.length_limited += answer.cut
        self.truncated += answer.reply != answer.text
        self.odd_usage += answer.odd_usage

    def count_session(self, transcript: SessionTranscript) -> None:
        """Add one session with the tokens of its turns; one that failed is an answer too, since its turns are kept."""
        self.sessions.ended += 1
        self.completion_tokens += sum(turn.tokens or 0 for turn in transcript.counselor_turns())
        if transcript.failure is None:
            self.answered += 1
        else:
            self.count_failure(transcript.failure)

    def count_failure(self, reason: str, message: str = "") -> None:
        """Add one failed item, and the server's message about it."""
        self.failed += 1
        if len(self.failures) < MAX_FAILURES:
            self.failures.append(reason)
        if len(self.messages) < MAX_MESSAGES:
            self.messages.append(f"{reason}: {message}" if message else reason)


@dataclass(frozen=True)
class Proxy:
    """The proxy's address, ending in `/v1`, its traffic so far, and the context that prompts are checked against.

    `key`: what callers have to send as bearer token; another for each run.
    """

    base_url: str
    traffic: Traffic
    context: Context
    key: str = field(repr=False)

    @property
    def authorization(self) -> dict[str, str]:
        """The header that the proxy asks for."""
        return bearer(self.key)


NOT_GENERATED_ANSWER = {
    "object": "chat.completion",
    "choices": [{"index": 0, "finish_reason": "error", "message": {"role": "assistant", "content": None}}],
}


def _completion(answer: ChatAnswer) -> dict[str, Any]:
    """The answer as lm-eval reads it: one choice with index 0 and a text, and nothing else that a server may have written."""
    message = {"role": "assistant", "content": answer.reply}
    finish = "length" if answer.cut else "stop"
    return {"object": "chat.completion", "choices": [{"index": 0, "finish_reason": finish, "message": message}]}


class _Forwarder:
    """Forwards chat requests of callers that know `key` to one engine; those that order a session, to the session server."""

    def __init__(
        self, endpoint: chat_http.ChatEndpoint, traffic: Traffic, context_check: ContextCheck, key: str,
        sessions: SessionServer | None,
    ) -> None:  # fmt: skip
        self._sessions = sessions
        self._endpoint, self._traffic, self._context_check = endpoint, traffic, context_check
        self._expected = f"Bearer {key}".encode()

    async def chat(self, request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode("utf-8", "replace"), self._expected):
            return web.json_response({"error": {"message": "this proxy serves one run, by its key"}}, status=401)
        body = await request.read()
        try:
            parsed = _parsed(body)
            if self._sessions is not None and is_order(parsed):
                return await self._session(self._sessions, parsed)
            await self._context_check.refuse(body, self._traffic.too_long.append)
            answer = await self._endpoint.ask(parsed, body)
            completion = _completion(answer)
        except NoAnswerError as reason:
            self._traffic.filtered += reason.filtered
            self._traffic.count_failure(str(reason), reason.message)
            return web.json_response(NOT_GENERATED_ANSWER)
        finally:
            self._traffic.retried = self._endpoint.retried
            self._traffic.adapted = self._endpoint.adaptation.record()
        self._traffic.count_answer(answer)
        self._traffic.prompt_counts.add(body, answer.prompt_tokens)
        return web.json_response(completion)

    async def _session(self, sessions: SessionServer, body: dict[str, Any]) -> web.Response:
        try:
            ordered = sessions.read(body)
        except SessionRequestError as error:
            raise NoAnswerError(str(error)) from error
        self._traffic.sessions.ordered += 1
        transcript = await sessions.transcript(ordered)
        self._traffic.count_session(transcript)
        return web.json_response(session_completion(transcript))


def _parsed(body: bytes) -> dict[str, Any]:
    """The request's fields; an invalid body is refused here, since no engine could answer it."""
    try:
        return dict(json.loads(body))
    except (ValueError, TypeError) as error:
        raise NoAnswerError("the request is not a JSON object") from error


async def _serve_proxy(
    served: Served,
    traffic: Traffic,
    context: Context,
    key: str,
    retry_policy: retry.Policy,
    request_seconds: float,
    address: Future[str],
    ended: asyncio.Event,
    sessions: SessionSetup | None,
) -> None:
    # The number of connections is lm_eval's business: it asks for as many at a time as the engine takes.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=served.parallel)
    options = chat_http.options(
        served.chat_url, headers=served.authorization, timeout_s=request_seconds, proxied=served.proxied
    )
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(limits=limits, **options))
        check = ContextCheck(served, context, http)
        player = None
        if sessions is not None:
            server = sessions.server(served, retry_policy, request_seconds, traffic.sessions.count, check.refuse)
            player = await stack.enter_async_context(server)
        endpoint = chat_http.ChatEndpoint(http, served.chat_url, request_seconds, retry_policy)
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post("/v1/chat/completions", _Forwarder(endpoint, traffic, check, key, player).chat)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        address.set_result(f"http://{host}:{port}/v1")
        await ended.wait()
        await runner.cleanup()


@contextmanager
def running_proxy(
    served: Served, retry_policy: retry.Policy = retry.CHAT, request_seconds: float = REQUEST_SECONDS,
    sessions: SessionSetup | None = None,
) -> Iterator[Proxy]:  # fmt: skip
    """Run the proxy in its own thread while the block runs.

    retry_policy: for failed requests towards the engine. request_seconds: the longest time that the engine may take over one
    request. sessions: with it, a request that orders a session is answered by a session server, whose turns ask the engine.
    """
    traffic, context, address, key = Traffic(), context_of(served), Future[str](), secrets.token_urlsafe(32)
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    def run() -> None:
        try:
            loop.run_until_complete(
                _serve_proxy(served, traffic, context, key, retry_policy, request_seconds, address, ended, sessions)
            )
        except (OSError, CounselError) as error:
            if not address.done():
                address.set_exception(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="counsel-proxy", daemon=True)
    thread.start()
    try:
        yield Proxy(address.result(timeout=10), traffic, context, key)
    finally:
        with suppress(RuntimeError):  # the loop is closed already when the proxy could not start
            loop.call_soon_threadsafe(ended.set)
        thread.join(timeout=10)
