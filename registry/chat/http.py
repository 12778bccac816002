"""The HTTP client for model servers and for our own: bounded answers, no redirects, no proxy on loopback, patient retries."""

from __future__ import annotations

import asyncio
import json
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import httpx

from counsel_leaderboard.registry.chat.adaptation import MAX_STEPS, Adaptation
from counsel_leaderboard.registry.chat.answers import (
    ChatAnswer,
    error_message,
    excerpt,
    is_filter_error,
    parse_json,
    read_answer,
)
from counsel_leaderboard.registry.chat.errors import NoAnswerError, http_error, transient_wait
from counsel_leaderboard.registry.common import retry
from counsel_leaderboard.registry.common.credentials import kind_of
from counsel_leaderboard.registry.common.proxies import uses_proxies

MAX_ANSWER_BYTES: Final = 8 * 1024 * 1024
MAX_ERROR_BYTES: Final = 64 * 1024
TIMEOUT_ATTEMPTS: Final = 2


@dataclass(frozen=True)
class RawAnswer:
    """Status, headers and the body, unpacked and at most MAX_ANSWER_BYTES long."""

    status: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> Any:
        """The body's JSON value. Raises NoAnswerError."""
        return parse_json(self.body)


def options(url: str, *, headers: Mapping[str, str], timeout_s: float, proxied: bool = True) -> dict[str, Any]:
    """Arguments for `httpx.Client` and `httpx.AsyncClient` towards one server. Raises ProxyError.

    Redirects are answers like any other, because a redirect would carry prompt and key to another server.
    """
    trust_env = proxied and uses_proxies(url)
    return {
        "headers": {**headers, "Accept-Encoding": "identity"},
        "timeout": timeout_s,
        "trust_env": trust_env,
        "verify": _certificates(trust_env),
        "follow_redirects": False,
    }


@cache
def _certificates(trust_env: bool) -> ssl.SSLContext:
    """As httpx reads them for each client, in 25 ms. trust_env: whether SSL_CERT_FILE and SSL_CERT_DIR count."""
    return httpx.create_ssl_context(trust_env=trust_env)


async def post(http: httpx.AsyncClient, url: str, body: bytes, timeout_s: float) -> RawAnswer:
    """One POST of a JSON body. Raises NoAnswerError if no complete answer arrives within `timeout_s`, or it is too large."""
    try:
        # httpx limits each single read only, so a server that sends very slowly could hold a call forever.
        async with (
            asyncio.timeout(timeout_s),
            http.stream("POST", url, content=body, headers={"Content-Type": "application/json"}) as response,
        ):
            unpacker = _Unpacker(response.headers.get("Content-Encoding", ""), _most(response.status_code))
            async for chunk in response.aiter_raw():
                unpacker.feed(chunk)
            return RawAnswer(response.status_code, response.headers, unpacker.body())
    except (TimeoutError, httpx.TimeoutException) as error:
        raise NoAnswerError(f"no answer within {timeout_s:g} s", wait=0.0, attempts=TIMEOUT_ATTEMPTS) from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        # In our own words: the client's message may quote the request.
        raise NoAnswerError(f"connection failed: {kind_of(error)}", wait=0.0) from error


def call(http: httpx.Client, method: str, url: str, body: Any = None, **request: Any) -> RawAnswer:
    """One request, with a JSON body if one is given. request: further arguments of `httpx.Client.stream`.

    Raises httpx.RequestError if there is no answer, NoAnswerError if it is too large or packed in an unknown form.
    """
    if body is not None:
        request["json"] = body
    with http.stream(method, url, **request) as response:
        unpacker = _Unpacker(response.headers.get("Content-Encoding", ""), _most(response.status_code))
        for chunk in response.iter_raw():
            unpacker.feed(chunk)
        return RawAnswer(response.status_code, response.headers, unpacker.body())


@dataclass
class ChatEndpoint:
    """One server's chat completions. `adaptation` is what it was found not to accept; `retried` counts repeated requests."""

    http: httpx.AsyncClient
    url: str
    timeout_s: float
    policy: retry.Policy = retry.CHAT
    adaptation: Adaptation = field(default_factory=Adaptation)
    retried: int = 0

    async def ask(self, body: Mapping[str, Any], raw: bytes | None = None) -> ChatAnswer:
        """The answer to a chat request, with retries. Raises NoAnswerError.

        raw: the same request as bytes, sent unchanged as long as the server accepts it.
        """
        attempt = 0

        async def once() -> ChatAnswer:
            nonlocal attempt
            self.retried += attempt > 0
            attempt += 1
            return await self._adapted(body, raw)

        return await retry.acall(self.policy, once, transient_wait)

    async def _adapted(self, body: Mapping[str, Any], raw: bytes | None) -> ChatAnswer:
        """One attempt, in up to MAX_STEPS forms; a form is remembered only once it was answered."""
        form, refusal = self.adaptation, None
        for _ in range(MAX_STEPS):
            sent = form.apply(body)
            unchanged = raw is not None and sent == body
            answer = await post(self.http, self.url, raw if unchanged and raw else _encoded(sent), self.timeout_s)
            if answer.status == httpx.codes.OK:
                return self._read(answer, body, sent, form)
            error, words = _refused(answer)
            next_form = None if error.filtered else form.after(answer.status, words, sent)
            refusal = refusal if refusal is not None and next_form is None else error
            if next_form is None:
                break
            form = next_form
        assert refusal is not None  # noqa: S101 - the loop runs at least once
        raise refusal

    def _read(self, answer: RawAnswer, body: Mapping[str, Any], sent: Mapping[str, Any], form: Adaptation) -> ChatAnswer:
        read = read_answer(answer.json())
        self.adaptation = form
        cut = form.cut_at_stops(body, read.text)
        return read if cut == read.text else ChatAnswer(**{**vars(read), "text": cut})

    def without_constraint(self) -> bool:
        """Send no `response_format` from now on; False if none was sent already."""
        if "response_format" in self.adaptation.left_out:
            return False
        self.adaptation = Adaptation(
            self.adaptation.left_out | {"response_format"}, self.adaptation.renamed, self.adaptation.json_object
        )
        return True


class _Unpacker:
    """Collects a body, unpacked in bounded steps: half a megabyte of gzip may hold a gigabyte."""

    def __init__(self, encoding: str, most: int) -> None:
        self._most, self._parts, self._length = most, list[bytes](), 0
        kind = encoding.strip().lower()
        if kind not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise NoAnswerError("the answer is compressed in a form that was not asked for")
        self._inflate = None if kind in ("", "identity") else zlib.decompressobj(zlib.MAX_WBITS | 32)

    def feed(self, chunk: bytes) -> None:
        """Add one chunk as it came. Raises NoAnswerError once the body is too large, or is broken."""
        if self._inflate is None:
            self._add(chunk)
            return
        try:
            self._add(self._inflate.decompress(chunk, self._most - self._length + 1))
        except zlib.error as error:
            raise NoAnswerError("the answer is not JSON", wait=0.0) from error

    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self._parts)

    def _add(self, part: bytes) -> None:
        self._length += len(part)
        if self._length > self._most:
            raise NoAnswerError(f"an answer of more than {self._most} bytes")
        self._parts.append(part)


def _most(status: int) -> int:
    return MAX_ANSWER_BYTES if httpx.codes.is_success(status) else MAX_ERROR_BYTES


def _encoded(body: Mapping[str, Any]) -> bytes:
    # Half a surrogate pair cannot be sent as it is; as an escape it can.
    return json.dumps(body).encode()


def _refused(answer: RawAnswer) -> tuple[NoAnswerError, str]:
    """The error of a refusal, and the server's words as far as they are needed to see what it refuses."""
    words = answer.body.decode("utf-8", "replace")
    try:
        parsed = answer.json()
    except NoAnswerError:
        parsed = None
    message = error_message(parsed) or excerpt(words)
    return (
        http_error(answer.status, answer.headers.get("Retry-After"), message, filtered=is_filter_error(parsed)),
        words,
    )
