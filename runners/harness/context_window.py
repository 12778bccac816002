"""Checks, before a request is sent, whether a prompt and its answer budget fit the context of one request.

A server refuses a prompt that does not fit, or truncates it silently. Either way the item says nothing about the model, so
the item is listed and left unscored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.runners.engines.base import Served

Counted = Literal["by the server", "by estimate"]
Messages = Sequence[dict[str, Any]]

PROBE_SECONDS = 10.0
COUNT_SECONDS = 600.0
# A token holds at least one byte of the text. A template adds a few tokens to each message, and some templates add a system
# text of their own.
MESSAGE_TOKENS = 32
TEMPLATE_TOKENS = 256
# English text has four to five bytes per token and Chinese about three: dividing by three errs towards too many tokens.
BYTES_A_TOKEN = 3


@dataclass(frozen=True)
class Counter:
    """A path at which a server counts the tokens of a conversation, template included, and the key of its count."""

    path: str
    key: str


COUNTERS = (Counter("/v1/chat/completions/input_tokens", "input_tokens"), Counter("/tokenize", "count"))
"""First llama.cpp's, then vLLM's: llama.cpp's `/tokenize` also answers, but without a count."""


@dataclass(frozen=True)
class Context:
    """The context of one request. `length`: tokens of prompt and answer together; None if the server does not report it.

    `counter`: where the server counts a prompt's tokens; None if it has no counter, and then they are estimated.
    """

    length: int | None = None
    counter: Counter | None = None

    @property
    def counted(self) -> Counted | None:
        """How prompts are counted; None if the context length is unknown."""
        if self.length is None:
            return None
        return "by the server" if self.counter else "by estimate"

    def certainly_fits(self, messages: Messages, budget: int) -> bool:
        """Whether the prompt fits whatever the tokenizer, so that the server need not count it."""
        most = text_bytes(messages) + MESSAGE_TOKENS * len(messages) + TEMPLATE_TOKENS
        return self.length is None or most + budget <= self.length

    def exceeded(self, tokens: int, budget: int) -> bool:
        """Whether a prompt of `tokens` tokens and an answer of `budget` tokens exceed the context."""
        return self.length is not None and tokens + budget > self.length


@dataclass(frozen=True)
class TooLong:
    """One prompt that does not fit, identified by the digest of its messages; counts in tokens."""

    digest: str
    prompt_tokens: int
    answer_tokens: int

    def describe(self, context: Context) -> str:
        """The reason as a sentence for people."""
        sizes = f"{self.prompt_tokens} tokens of prompt ({context.counted}) and {self.answer_tokens} for the answer"
        return f"too long: {sizes}, where the context holds {context.length}"


class ContextCheck:
    """Checks each chat request against the context before it goes to the engine."""

    def __init__(self, served: Served, context: Context, http: httpx.AsyncClient) -> None:
        self._served, self._context, self._http = served, context, http

    async def refuse(self, body: bytes, record: Callable[[TooLong], object] = lambda _: None) -> None:
        """Raise NoAnswerError with the counts for a request that does not fit, after `record` has received them."""
        if too_long := await self.excess(body):
            record(too_long)
            raise NoAnswerError(too_long.describe(self._context))

    async def excess(self, body: bytes) -> TooLong | None:
        """The token counts of a request that does not fit; None if it fits or cannot be counted."""
        messages, budget = prompt(body)
        if self._context.certainly_fits(messages, budget):
            return None
        tokens = await self._tokens(messages)
        if tokens is None or not self._context.exceeded(tokens, budget):
            return None
        return TooLong(digest(messages), tokens, budget)

    async def _tokens(self, messages: Messages) -> int | None:
        """The prompt's tokens; None if the server's counter fails for this prompt."""
        counter = self._context.counter
        if counter is None:
            return estimate(messages)
        url, body = _counting_url(self._served, counter), _counting_body(self._served, messages)
        try:
            answer = await chat_http.post(self._http, url, json.dumps(body).encode(), COUNT_SECONDS)
            return _count_in(answer.json(), counter)
        except NoAnswerError:
            return None


def estimate(messages: Messages) -> int:
    """Estimated tokens of a prompt: a third of its UTF-8 bytes, plus an allowance for the template."""
    return text_bytes(messages) // BYTES_A_TOKEN + MESSAGE_TOKENS * len(messages)


def digest(messages: Any) -> str:
    """The identity of a prompt: the SHA-256 of its messages as JSON."""
    return hashlib.sha256(json.dumps(messages, sort_keys=True).encode()).hexdigest()


def context_of(served: Served) -> Context:
    """The context that the server reports now; if it reports none, the one that the engine was started with."""
    options = chat_http.options(served.base_url, headers=served.authorization, timeout_s=PROBE_SECONDS, proxied=served.proxied)
    with httpx.Client(**options) as http:
        length = _ask(lambda: _length(http, served)) or served.context_length
        if length is None:
            return Context()
        return Context(length, next((counter for counter in COUNTERS if _counts(http, served, counter)), None))


def prompt(body: bytes) -> tuple[list[dict[str, Any]], int]:
    """Messages and answer budget of a chat request; none for an invalid body, which the engine itself will refuse."""
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
    """The count in a counter's answer; None if it holds none."""
    count = answer.get(counter.key) if isinstance(answer, dict) else None
    return count if type(count) is int and count > 0 else None


def _counts(http: httpx.Client, served: Served, counter: Counter) -> bool:
    body = _counting_body(served, [{"role": "user", "content": "Hello."}])
    return bool(_ask(lambda: _count_in(chat_http.call(http, "POST", _counting_url(served, counter), body).json(), counter)))


def _length(http: httpx.Client, served: Served) -> int | None:
    """The context of one request: vLLM lists it as `max_model_len` of each model, llama.cpp as `meta.n_ctx`."""
    listed = chat_http.call(http, "GET", f"{served.base_url}/models").json()["data"]
    (model,) = [entry for entry in listed if entry["id"] == served.model] or listed
    length = model.get("max_model_len") or (model.get("meta") or {}).get("n_ctx")
    return length if type(length) is int and length > 0 else None


def _ask(question: Callable[[], int | None]) -> int | None:
    """The answer; None if the server has no such path or answers in another form."""
    try:
        return question()
    except (httpx.HTTPError, NoAnswerError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def text_bytes(messages: Messages) -> int:
    """The bytes of a prompt's texts in UTF-8."""
    return sum(len(str(message.get("content", "")).encode("utf-8", "replace")) for message in messages)
