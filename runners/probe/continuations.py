"""Asks a served model to continue texts, through the proxy that every evaluation uses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

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

    async with httpx.AsyncClient(timeout=REQUEST_SECONDS, trust_env=False, headers=proxy.authorization) as http:

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
    response = await http.post(f"{url}/chat/completions", json=body)
    if not response.is_success:
        return None
    reply: str | None = response.json()["choices"][0]["message"]["content"]
    return reply
