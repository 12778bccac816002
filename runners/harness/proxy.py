"""The proxy: a loopback server between lm_eval and an engine, so that one failed request does not end the whole run.

lm-eval gives up a whole run when one request fails. The proxy forwards every request unchanged and retries temporary
failures. For an item that still fails it returns a null reply, which lm-eval turns into the sentinel that the tasks read as
*not generated*: unscored and counted. It also records what lm-eval drops: token counts, finish reasons and progress.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

import aiohttp
from aiohttp import web

from counsel_leaderboard.registry.common import retry
from counsel_leaderboard.registry.common.credentials import redacted
from counsel_leaderboard.runners.engines.base import Served
from counsel_leaderboard.runners.harness.context_window import Context, ContextCheck, TooLong, context_of

REQUEST_SECONDS = 600.0
MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_FAILURES = 1000
MAX_MESSAGES = 100


@dataclass
class Traffic:
    """Counts of the requests that the proxy handled; `failures` holds our reason for each item that was not generated.

    `messages` holds the servers' messages about them, for people only: they may repeat a prompt or a key, so no record
    contains them. `too_long` holds the prompts that do not fit the context; those never reached the engine.
    """

    answered: int = 0
    failed: int = 0
    retried: int = 0
    length_limited: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failures: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    too_long: list[TooLong] = field(default_factory=list)

    @property
    def done(self) -> int:
        """The number of requests that are finished, answered or failed."""
        return self.answered + self.failed

    def record(self) -> dict[str, Any]:
        """As JSON values, without `messages` and `too_long`; `runners.harness.context_overflow` records the latter by item."""
        return {name: value for name, value in asdict(self).items() if name not in ("too_long", "messages")}

    def count_answer(self, answer: dict[str, Any]) -> None:
        """Add one answer's tokens and finish reason."""
        self.answered += 1
        self.prompt_tokens += _tokens(answer, "prompt_tokens")
        self.completion_tokens += _tokens(answer, "completion_tokens")
        self.length_limited += answer["choices"][0].get("finish_reason") == "length"

    def count_failure(self, reason: str, message: str = "") -> None:
        """Add one failed item, and the server's message about it."""
        self.failed += 1
        if len(self.failures) < MAX_FAILURES:
            self.failures.append(reason)
        if len(self.messages) < MAX_MESSAGES:
            self.messages.append(f"{reason}: {message}" if message else reason)


def _tokens(answer: dict[str, Any], name: str) -> int:
    """A count from the answer's usage, 0 if it has none: a fault there must not discard the answer."""
    usage = answer.get("usage")
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) else 0


class NoReplyError(Exception):
    """A request without a usable answer, with our reason.

    `message`: the server's own words. `transient`: a retry may help, after at least `wait` seconds.
    """

    def __init__(self, reason: str, *, transient: bool, wait: float = 0.0, message: str = "") -> None:
        super().__init__(reason)
        self.transient, self.wait, self.message = transient, wait, message


@dataclass(frozen=True)
class Proxy:
    """The proxy's address, ending in `/v1`, its traffic so far, and the context that prompts are checked against."""

    base_url: str
    traffic: Traffic
    context: Context


NOT_GENERATED_ANSWER = {
    "object": "chat.completion",
    "choices": [{"index": 0, "finish_reason": "error", "message": {"role": "assistant", "content": None}}],
}


def _check_answer(answer: Any) -> dict[str, Any]:
    """The answer, reduced to one choice with index 0. Raises NoReplyError if its content is not text.

    lm-eval would read a malformed answer as an empty reply, count each choice as a reply, and lose all samples of a task
    over half a surrogate pair, which no UTF-8 file can hold. A server may also repeat the key in an answer.
    """
    try:
        choice = answer["choices"][0]
        content = choice["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise NoReplyError("the answer is not a chat completion", transient=True) from error
    if not isinstance(content, str):
        raise NoReplyError("the answer's content is null", transient=False)
    message = {**choice["message"], "content": redacted(content.encode("utf-8", "replace").decode("utf-8"))}
    return {**answer, "choices": [{**choice, "index": 0, "message": message}]}


def _transient_wait(error: BaseException, _attempt: int) -> float | None:
    return error.wait if isinstance(error, NoReplyError) and error.transient else None


class _Forwarder:
    """Forwards chat requests to one engine."""

    def __init__(
        self, served: Served, session: aiohttp.ClientSession, traffic: Traffic, context: Context, retry_policy: retry.Policy
    ) -> None:
        self._served, self._session, self._traffic, self._context = served, session, traffic, context
        self._retry_policy = retry_policy
        self._context_check = ContextCheck(served, context, session)
        self._headers = {"Content-Type": "application/json", **served.authorization}

    async def chat(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            await self._refuse_too_long(body)
            answer = await self._ask_with_retries(body)
        except NoReplyError as reason:
            self._traffic.count_failure(str(reason), reason.message)
            return web.json_response(NOT_GENERATED_ANSWER)
        self._traffic.count_answer(answer)
        return web.json_response(answer)

    async def _refuse_too_long(self, body: bytes) -> None:
        if too_long := await self._context_check.excess(body):
            self._traffic.too_long.append(too_long)
            raise NoReplyError(too_long.describe(self._context), transient=False)

    async def _ask_with_retries(self, body: bytes) -> dict[str, Any]:
        attempts = count()

        async def ask() -> dict[str, Any]:
            self._traffic.retried += next(attempts) > 0
            return await self._ask(body)

        return await retry.acall(self._retry_policy, ask, _transient_wait)

    async def _ask(self, body: bytes) -> dict[str, Any]:
        try:
            async with self._session.post(self._served.chat_url, data=body, headers=self._headers) as response:
                if response.status != 200:
                    message = redacted(await response.text(errors="replace"))[:300]
                    transient = response.status in retry.TRANSIENT_STATUSES
                    wait = retry.retry_after_s(response.headers.get("Retry-After"))
                    raise NoReplyError(f"HTTP {response.status}", transient=transient, wait=wait, message=message)
                return _check_answer(await response.json(content_type=None))
        except (aiohttp.ClientError, ConnectionError) as error:
            raise NoReplyError(f"connection failed: {type(error).__name__}", transient=True) from error
        except TimeoutError as error:
            raise NoReplyError(f"no answer within {self._session.timeout.total:.0f} s", transient=False) from error
        except ValueError as error:
            raise NoReplyError("the answer is not JSON", transient=True) from error


async def _serve_proxy(
    served: Served,
    traffic: Traffic,
    context: Context,
    retry_policy: retry.Policy,
    request_seconds: float,
    address: Future[str],
    ended: asyncio.Event,
) -> None:
    timeout = aiohttp.ClientTimeout(total=request_seconds)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector, trust_env=served.proxied) as session:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post("/v1/chat/completions", _Forwarder(served, session, traffic, context, retry_policy).chat)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        address.set_result(f"http://{host}:{port}/v1")
        await ended.wait()
        await runner.cleanup()


@contextmanager
def running_proxy(
    served: Served, retry_policy: retry.Policy = retry.ENGINE, request_seconds: float = REQUEST_SECONDS
) -> Iterator[Proxy]:
    """Run the proxy in its own thread while the block runs.

    retry_policy: for failed requests towards the engine. request_seconds: the longest time that the engine may take over one
    request.
    """
    traffic, context, address = Traffic(), context_of(served), Future[str]()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    def run() -> None:
        try:
            loop.run_until_complete(_serve_proxy(served, traffic, context, retry_policy, request_seconds, address, ended))
        except OSError as error:
            if not address.done():
                address.set_exception(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="counsel-proxy", daemon=True)
    thread.start()
    try:
        yield Proxy(address.result(timeout=10), traffic, context)
    finally:
        with suppress(RuntimeError):  # the loop is closed already when the proxy could not start
            loop.call_soon_threadsafe(ended.set)
        thread.join(timeout=10)
