"""Guards Gradio's own server: allows only the paths that the pages use, and checks the calls of events.

Gradio serves some fifty paths, for files, streams, plugins, editing in the browser and its API for programs. The pages use
a few of them, and programs have `/api/v1`. Pages of other sites may not call this server: Gradio would allow that in answer
to an Origin header, so the guard removes the header.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import gradio as gr
import httpx
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from counsel_leaderboard.leaderboard.runs.files import FULL
from counsel_leaderboard.leaderboard.submissions.callers import address
from counsel_leaderboard.registry.common.credentials import kind_of
from counsel_leaderboard.space.server.event_inputs import InputError, checked
from counsel_leaderboard.space.server.upload_quota import UploadQuota

EVENT: Final = "/gradio_api/run/predict"
UPLOAD: Final = "/gradio_api/upload"
PROGRESS: Final = "/gradio_api/upload_progress"
MAX_EVENT_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
HTTP_ERRORS: Final = 500
# The bytes that the boundaries and names of a form need beside the file.
FORM_OVERHEAD: Final = 64 * 1024

# The paths that a browser requests to show the pages; the next constant has those for signing in on a Space.
PAGES: Final = re.compile(
    r"/|/config|/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt|/(assets|static)(/[\w.@+-]{1,128}){1,8}"
    r"|/gradio_api/heartbeat/[A-Za-z0-9]{1,64}|/gradio_api/upload_progress"
)
SIGNING_IN: Final = frozenset(("/login/huggingface", "/login/callback", "/logout"))
UPLOAD_ID: Final = re.compile(rb"upload_id=[A-Za-z0-9]{1,64}")
FORM: Final = re.compile(r"""multipart/form-data; *boundary=("?)[\w'()+,./:=?-]{1,70}\1""", re.ASCII | re.IGNORECASE)
HOST: Final = re.compile(r"([\w.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?", re.ASCII)


class BlockedError(Exception):
    """A blocked request: its HTTP status, and what is wrong with it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class GradioGuard:
    """ASGI application around `app`, which Gradio created from `blocks`.

    signs_in: whether people sign in with their Hugging Face account. upload_bytes: the largest file that a browser may upload.
    proxies: the host's own proxies in front of the server.
    """

    def __init__(self, app: ASGIApp, blocks: gr.Blocks, *, signs_in: bool, upload_bytes: int, proxies: int = 0) -> None:
        self.app, self.blocks, self.signs_in = app, blocks, signs_in
        self.max_form_bytes, self.proxies, self.quota = upload_bytes + FORM_OVERHEAD, proxies, UploadQuota()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer blocked requests, and forward the others to Gradio."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        try:
            await self._forward(scope, receive, send)
        except BlockedError as error:
            # The body may not have been read to its end; closing the connection avoids waiting for it.
            await JSONResponse({"error": str(error)}, error.status, {"Connection": "close"})(scope, receive, send)

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path, headers = scope["method"], scope["path"], Headers(scope=scope)
        posted = method == "POST"
        if not (path in (EVENT, UPLOAD) if posted else method in ("GET", "HEAD") and self._is_page(path)):
            raise BlockedError(404, "Not found.")
        scope = {**scope, "headers": _headers(headers), "query_string": self._query(path, scope["query_string"])}
        if posted and path == EVENT:
            body = await self._event(headers, receive)
            scope["headers"] += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            receive = _replayed(body, receive)
        elif posted:
            await self._upload(scope, headers, receive, send)
            return
        elif path in SIGNING_IN:
            await self._sign_in(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a call of signing in; one that was not begun here, or is made up, is refused and no fault of the server."""
        failed = False

        async def answer(message: Message) -> None:
            nonlocal failed
            failed = failed or message.get("status", 0) >= HTTP_ERRORS
            if not failed:
                await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:  # of any type: the client of the identity provider reads what the caller sent
            raise BlockedError(400, "The sign-in was not completed. Open the page again and sign in.") from error
        if failed:
            raise BlockedError(400, "The sign-in was not completed. Open the page again and sign in.")

    def _is_page(self, path: str) -> bool:
        return PAGES.fullmatch(path) is not None or (self.signs_in and path in SIGNING_IN)

    def _query(self, path: str, query: bytes) -> bytes:
        """The part of a query that Gradio may see. Pages read theirs in the browser; Gradio would look up a saved state."""
        if path in SIGNING_IN:
            return bytes(query)
        if path in (UPLOAD, PROGRESS) and query:
            if not UPLOAD_ID.fullmatch(query):
                raise BlockedError(422, "upload_id: must be letters and digits, 64 at most.")
            return bytes(query)
        return b""

    async def _event(self, headers: Headers, receive: Receive) -> bytes:
        # A form on another site can send other content types without a CORS preflight request.
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise BlockedError(415, "Content-Type: must be application/json.")
        raw = await _read(receive, MAX_EVENT_BYTES)
        try:
            return await run_in_threadpool(_checked_json, raw, self.blocks)
        except InputError as error:
            raise BlockedError(422, str(error)) from error

    async def _upload(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """Forward a form if it is not too large in total: Gradio's own limit applies to each file in it separately."""
        sent = headers.get("content-type", "")
        if not FORM.fullmatch(sent):
            raise BlockedError(415, "Content-Type: must be multipart/form-data with a boundary.")
        scope["headers"].append((b"content-type", sent.encode("latin-1")))
        too_large = BlockedError(413, f"An upload may have at most {self.max_form_bytes} bytes.")
        length = headers.get("content-length")
        if length is not None and (not length.isdecimal() or int(length) > self.max_form_bytes):
            raise too_large
        if length is not None:
            scope["headers"].append((b"content-length", length.encode()))
        client = scope.get("client")
        if not self.quota.take(address(client[0] if client else None, headers.get("x-forwarded-for", ""), self.proxies)):
            raise BlockedError(429, f"{self.quota.most} files in an hour are the limit. Try again later.")
        size, failed = 0, False

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            # Gradio then ends the call as if the browser had disconnected.
            return {"type": "http.disconnect"} if size > self.max_form_bytes else message

        async def answer(message: Message) -> None:
            nonlocal failed
            failed = failed or message.get("status", 0) >= HTTP_ERRORS
            if not failed:
                await send(message)

        def refusal() -> BlockedError:
            return too_large if size > self.max_form_bytes else BlockedError(400, "The upload could not be read. Try it again.")

        try:
            await self.app(scope, counted, answer)
        except OSError as error:
            full = error.errno in FULL
            hint = " Ask the host to free space." if full else " Try it again later."
            raise BlockedError(507 if full else 503, f"The upload could not be stored ({kind_of(error)}).{hint}") from error
        except Exception as error:
            # Gradio reads a malformed form up to its first error, which can be of any type.
            raise refusal() from error
        if failed:
            raise refusal()


def _headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers without those about the body, which the guard writes itself, and without those that Gradio must not see."""
    dropped = (b"content-type", b"content-length", b"origin", b"x-gradio-server")
    for name in ("host", "x-forwarded-host"):
        if not all(_is_host(value) for value in headers.getlist(name) if value.strip()):
            raise BlockedError(400, f"{name}: is not the name of a host.")
    return [(name, value) for name, value in headers.raw if name not in dropped and value.strip()]


def _is_host(value: str) -> bool:
    """Whether Gradio can build the page's URL from the header; it uses the first of several values."""
    first = value.partition(",")[0].strip()
    try:
        return HOST.fullmatch(first) is not None and bool(httpx.URL(f"http://{first}").host)
    except (httpx.InvalidURL, ValueError):
        return False


async def _read(receive: Receive, most: int) -> bytes:
    """The body. Raises BlockedError if it has more than `most` bytes."""
    raw, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BlockedError(400, "body: was not sent to its end.")
        raw += message.get("body", b"")
        if len(raw) > most:
            raise BlockedError(413, f"body: has more than {most} bytes.")
        more = message.get("more_body", False)
    return bytes(raw)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives `body` first, and then the following messages."""
    messages: Iterator[Message] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replay() -> Message:
        return next(messages, None) or await receive()

    return replay


def _checked_json(raw: bytes, blocks: gr.Blocks) -> bytes:
    try:
        body = json.loads(raw, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InputError("body: is not JSON in UTF-8.") from None
    if _depth(body) > MAX_DEPTH:
        raise InputError(f"body: is nested more than {MAX_DEPTH} levels deep.")
    return json.dumps(checked(body, blocks)).encode()


def _refuse(name: str) -> None:
    raise ValueError(name)


def _depth(value: Any) -> int:
    """The number of lists and objects around the most deeply nested value."""
    depth, level = 0, [value]
    while level := [inner for outer in level for inner in _inside(outer)]:
        depth += 1
    return depth


def _inside(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
