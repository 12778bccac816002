"""Gives each view a title, a description and a preview of its own in the HTML of the page, and errors a page of their own.

Gradio has one title for all views, and meta tags that name Gradio.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from markupsafe import escape
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from counsel_leaderboard.space.address import Address, parse
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.server import static_files
from counsel_leaderboard.space.views.heads import SITE, Head

# Gradio's tags, each within one pair of angle brackets.
META: Final = re.compile(r"""<meta\s+(?:property|name)="(?:og|twitter):[^<>]*>\s*""")
TITLE: Final = re.compile(r"<title>[^<]*</title>\s*")
MAX_DESCRIPTION: Final = 300
ERRORS: Final = 400
WORDS: Final = {
    404: ("There is no such page", "The address may be mistyped, or what it led to was renamed."),
    500: ("Something went wrong here", "The host finds the reason in the log. Trying again in a moment may help."),
}


class PageHead:
    """ASGI application around `app`, which serves the page at "/"; `head` gives what a view says of itself."""

    def __init__(self, app: ASGIApp, head: Callable[[Address], Head]) -> None:
        self.app, self.head = app, head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the call; rewrite the page, and an error that a reader would see."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        # A page of a mounted app: the path within it is what follows its root.
        is_page = scope["path"].removeprefix(scope.get("root_path", "")) in ("", "/")
        reads_html = wants_page(Headers(scope=scope))
        if not is_page and not reads_html:
            await self.app(scope, receive, send)
            return
        answer = _Held(send, lambda status, kind: kind == "html" if status < ERRORS else reads_html)
        try:
            await self.app(scope, receive, answer.send)
        finally:
            if answer.start is not None:
                await self._answer(scope, receive, send, answer, is_page)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, answer: _Held, is_page: bool) -> None:
        status = answer.start["status"] if answer.start else 200
        if status >= ERRORS:
            response: Response = error_page(status)
        else:
            text = answer.body.decode("utf-8")
            if is_page:
                query = scope["query_string"].decode("latin-1")
                address, _ = await run_in_threadpool(parse, query or "?")
                picture = f"{Request(scope).base_url}preview.png{address.query()}"
                text = rewritten(text, await run_in_threadpool(self.head, address), picture)
            response = HTMLResponse(text, status)
        await response(scope, receive, send)


class _Held:
    """A `send` that keeps the answers for which `holds` is true of status and kind, and forwards the others."""

    def __init__(self, send: Send, holds: Callable[[int, str], bool]) -> None:
        self._send, self._holds = send, holds
        self.start: Message | None = None
        self.body = b""

    async def send(self, message: Message) -> None:
        """Keep or forward one part of an answer."""
        if message["type"] == "http.response.start":
            kind = "html" if "text/html" in Headers(raw=message["headers"]).get("content-type", "") else "other"
            if self._holds(message["status"], kind):
                self.start = message
                return
        if self.start is None:
            await self._send(message)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


def wants_page(headers: Headers) -> bool:
    """Whether a browser asked for something to show as a page, and no script, picture or program."""
    return "text/html" in headers.get("accept", "")


def error_page(status: int) -> HTMLResponse:
    """A page that says what is wrong, with the way back to the board."""
    title, words = WORDS.get(status, WORDS[500] if status >= 500 else ("This cannot be shown", WORDS[404][1]))
    return HTMLResponse(render("error.html", title=title, words=words, status=status), status)


def rewritten(page: str, head: Head, picture: str) -> str:
    """The page with the head's title and description in place of Gradio's; `picture` is the address of its preview."""
    words = head.description if len(head.description) <= MAX_DESCRIPTION else f"{head.description[: MAX_DESCRIPTION - 1]}…"
    tags = (
        '<meta charset="utf-8" />\n'
        f"<title>{escape(head.title)}</title>\n"
        f'<meta name="description" content="{escape(words)}" />\n'
        f'<meta property="og:site_name" content="{escape(SITE)}" />\n'
        f'<meta property="og:type" content="website" />\n'
        f'<meta property="og:title" content="{escape(head.title)}" />\n'
        f'<meta property="og:description" content="{escape(words)}" />\n'
        f'<meta property="og:image" content="{escape(picture)}" />\n'
        f'<meta name="twitter:card" content="summary_large_image" />\n'
        f"<style>{static_files.script('first.css')}</style>\n"
        f"<script>{static_files.script('theme.js')}</script>\n"
    )
    before, start, after = META.sub("", TITLE.sub("", page)).partition("<head>")
    return f"{before}{start}\n{tags}{after}" if start else page
