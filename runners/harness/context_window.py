"""Whether a prompt and its answer's budget fit the context that a server gives to one request, known before it is asked.

A server refuses what does not fit, or cuts it without a word. Either way the item says nothing about the model, so it is
named and left unscored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import httpx

from counsel_leaderboard.runners.engines.base import Served

Counted = Literal["by the server", "by estimate"]
Messages = Sequence[dict[str, Any]]

PROBE_SECONDS = 10.0
# A token holds at least one byte of the text; what a template puts around it is a few tokens a message and, in some, a
# system text of its own.
MESSAGE_TOKENS = 32
TEMPLATE_TOKENS = 256
# English takes four to five bytes a token and Chinese about three: three counts too many rather than too few.
BYTES_A_TOKEN = 3


@dataclass(frozen=True)
class Counter:
    """A path of the server at which it counts the tokens of a conversation, template and all, and the answer's key."""

    path: str
    key: str


COUNTERS = (Counter("/v1/chat/completions/input_tokens", "input_tokens"), Counter("/tokenize", "count"))
"""llama.cpp's and vLLM's, in this order: llama.cpp's `/tokenize` answers too, without a count."""


@dataclass(frozen=True)
class Context:
    """What one request may hold. `length`: tokens of prompt and answer together, None where the server does not say.

    `counter`: where the server counts a prompt's tokens; None where it does not, and then they are estimated.
    """

    length: int | None = None
    counter: Counter | None = None

    @property
    def counted(self) -> Counted | None:
        """How prompts are counted; None where there is nothing to compare a count with."""
        if self.length is None:
            return None
        return "by the server" if self.counter else "by estimate"

    def surely_fits(self, messages: Messages, budget: int) -> bool:
        """Whether the prompt fits however a tokenizer may cut it, so that nobody need be asked."""
        most = _bytes(messages) + MESSAGE_TOKENS * len(messages) + TEMPLATE_TOKENS
        return self.length is None or most + budget <= self.length

    def exceeded(self, tokens: int, budget: int) -> bool:
        """Whether a prompt of so many tokens and an answer of `budget` are more than the context."""
        return self.length is not None and tokens + budget > self.length


@dataclass(frozen=True)
class TooLong:
    """One prompt that does not fit, by the digest of its messages; counts in tokens."""

    digest: str
    prompt_tokens: int
    answer_tokens: int

    def describe(self, context: Context) -> str:
        """In words."""
        sizes = f"{self.prompt_tokens} tokens of prompt ({context.counted}) and {self.answer_tokens} for the answer"
        return f"too long: {sizes}, where the context holds {context.length}"


class Lengths:
    """Holds each chat request to a context before it goes to the engine."""

    def __init__(self, served: Served, context: Context, session: aiohttp.ClientSession) -> None:
        self._served, self._context, self._session = served, context, session

    async def excess(self, body: bytes) -> TooLong | None:
        """What a request's prompt and budget are too much by; None where they fit or cannot be counted."""
        messages, budget = _prompt(body)
        if self._context.surely_fits(messages, budget):
            return None
        tokens = await self._tokens(messages)
        if tokens is None or not self._context.exceeded(tokens, budget):
            return None
        return TooLong(digest(messages), tokens, budget)

    async def _tokens(self, messages: Messages) -> int | None:
        """The prompt's tokens; None where a server that counted before does not count this one."""
        counter = self._context.counter
        if counter is None:
            return estimate(messages)
        url, body = _counting_url(self._served, counter), _counting_body(self._served, messages)
        try:
            async with self._session.post(url, json=body, headers=self._served.authorization) as response:
                return _count_in(await response.json(content_type=None), counter)
        except (aiohttp.ClientError, ConnectionError, TimeoutError, ValueError):
            return None


def estimate(messages: Messages) -> int:
    """Tokens of a prompt where the server does not count: a third of its bytes in UTF-8, and the template's share."""
    return _bytes(messages) // BYTES_A_TOKEN + MESSAGE_TOKENS * len(messages)


def digest(messages: Any) -> str:
    """What names a prompt: the SHA-256 of its messages as JSON."""
    return hashlib.sha256(json.dumps(messages, sort_keys=True).encode()).hexdigest()


def context_of(served: Served) -> Context:
    """What the server says of its context now; without a word from it, what the engine was started with."""
    with httpx.Client(headers=served.authorization, timeout=PROBE_SECONDS, trust_env=served.proxied) as http:
        length = _ask(lambda: _length(http, served)) or served.context_length
        if length is None:
            return Context()
        return Context(length, next((counter for counter in COUNTERS if _counts(http, served, counter)), None))


def _prompt(body: bytes) -> tuple[list[dict[str, Any]], int]:
    """Messages and answer budget of a chat request; nothing where it is none, which the engine will say better."""
    try:
        request = json.loads(body)
        budget = request.get("max_tokens") or request.get("max_completion_tokens") or 0
        return [dict(message) for message in request["messages"]], int(budget)
    except (ValueError, KeyError, TypeError, AttributeError):
        return [], 0


def _counting_url(served: Served, counter: Counter) -> str:
    return served.base_url.removesuffix("/v1") + counter.path


def _counting_body(served: Served, messages: Messages) -> dict[str, Any]:
    return {"model": served.model, "messages": messages, "add_generation_prompt": True}


def _count_in(answer: Any, counter: Counter) -> int | None:
    """The count in a counter's answer, None where there is none."""
    count = answer.get(counter.key) if isinstance(answer, dict) else None
    return count if type(count) is int and count > 0 else None


def _counts(http: httpx.Client, served: Served, counter: Counter) -> bool:
    body = _counting_body(served, [{"role": "user", "content": "Hello."}])
    return bool(_ask(lambda: _count_in(http.post(_counting_url(served, counter), json=body).json(), counter)))


def _length(http: httpx.Client, served: Served) -> int | None:
    """vLLM says `max_model_len` of each model that it lists, llama.cpp `meta.n_ctx`, the context of one request."""
    listed = http.get(f"{served.base_url}/models").json()["data"]
    (model,) = [entry for entry in listed if entry["id"] == served.model] or listed
    length = model.get("max_model_len") or (model.get("meta") or {}).get("n_ctx")
    return length if type(length) is int and length > 0 else None


def _ask(question: Callable[[], int | None]) -> int | None:
    """The answer, None where the server has no such page or answers something else there."""
    try:
        return question()
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _bytes(messages: Messages) -> int:
    return sum(len(str(message.get("content", "")).encode("utf-8", "replace")) for message in messages)
