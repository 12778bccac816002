"""Asks a served model to continue texts, through the proxy that every evaluation uses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.answers import read_answer
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.runners.engines.base import Served
from counsel_leaderboard.runners.harness.proxy import REQUEST_SECONDS, Proxy, running_proxy

PROMPT_VERSION = "1"
PROMPT = (
    "Below is the first part of a text that was published. Write down the rest of it, word for word as it was published, and "
    "nothing else.\n\n{text}"
)


@dataclass(frozen=True)
class Prefix:
    """The start of a text that the model is to continue, and the most tokens that the continuation may have."""

    text: str
    tokens: int


def answers(served: Served, prefixes: Sequence[Prefix], on_progress: Callable[[int, int | None], None]) -> list[str | None]:
    """The model's continuations of the prefixes, in order, at temperature 0; None for a failure. Raises EngineDiedError."""
    with running_proxy(served) as proxy:
        replies = asyncio.run(_complete_all(proxy, served, prefixes, on_progress))
    served.check()
    return replies


async def _complete_all(
    proxy: Proxy, served: Served, prefixes: Sequence[Prefix], on_progress: Callable[[int, int | None], None]
) -> list[str | None]:
    gate, done = asyncio.Semaphore(served.parallel), 0

    options = chat_http.options(proxy.base_url, headers=proxy.authorization, timeout_s=REQUEST_SECONDS, proxied=False)
    async with httpx.AsyncClient(**options) as http:

        async def complete_one(prefix: Prefix) -> str | None:
            nonlocal done
            async with gate:
                reply = await _complete(http, proxy.base_url, served.model, prefix)
            done += 1
            on_progress(done, len(prefixes))
            return reply

        return list(await asyncio.gather(*map(complete_one, prefixes)))


async def _complete(http: httpx.AsyncClient, url: str, model: str, prefix: Prefix) -> str | None:
    messages = [{"role": "user", "content": PROMPT.format(text=prefix.text)}]
    body = {"model": model, "messages": messages, "temperature": 0, "max_tokens": prefix.tokens}
    try:
        answer = await chat_http.post(http, f"{url}/chat/completions", json.dumps(body).encode(), REQUEST_SECONDS)
        return read_answer(answer.json()).text if answer.status == httpx.codes.OK else None
    except NoAnswerError:
        return None
