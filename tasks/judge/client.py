"""Asking the judge, with limits on concurrency, retries and time; every question yields a verdict or a reason for none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from counsel_leaderboard.registry.common import retry
from counsel_leaderboard.registry.common.credentials import bearer, kind_of, redacted
from counsel_leaderboard.registry.common.proxies import uses_proxies
from counsel_leaderboard.tasks.judge.cache import Cache
from counsel_leaderboard.tasks.judge.prompts import PROMPT_VERSION, Question
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint
from counsel_leaderboard.tasks.judge.verdict_parser import UnreadableError, checked, read, storable

MAX_TOKENS = 700
MAX_COUNT = 2**31
MAX_REPEATED_CHARACTERS = 2000
NO_SCHEMA = frozenset((400, 404, 415, 422, 501))


@dataclass(frozen=True)
class CallOutcome:
    """The outcome of one question: `answer` if `state` is judged, else `error` in this project's words, never a server's.

    unread: the judge answered twice, but no verdict could be read. unreached: no answer arrived.
    """

    state: Literal["judged", "unread", "unreached"]
    answer: dict[str, Any] | None = None
    error: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached: bool = False


class UnreachedError(Exception):
    """The judge gave no answer to a call.

    wait: the seconds to wait that the judge asked for, or None if asking again cannot help. attempts: how often
    this kind of fault is tried, if less often than other faults.
    """

    def __init__(self, problem: str, wait: float | None = None, attempts: int | None = None) -> None:
        super().__init__(problem)
        self.wait, self.attempts = wait, attempts


class Client:
    """One judge, asked many questions concurrently.

    After `2 * concurrency` consecutive questions that could not reach the judge, the rest are given up at once, so that a run
    with a dead judge ends in bounded time.
    """

    def __init__(self, judge: JudgeEndpoint, cache: Cache | None, retry_policy: retry.Policy = retry.JUDGE) -> None:
        self.judge = judge
        self.cache = cache
        self.retry_policy = retry_policy
        self.constrained = True
        self.consecutive_failures = 0

    async def ask(
        self, questions: Sequence[Question], done: Callable[[CallOutcome], None] = lambda _: None
    ) -> list[CallOutcome]:
        """Outcomes in the order of the questions; `done` is called with each one as it arrives."""
        slots = asyncio.Semaphore(self.judge.concurrency)
        limits = httpx.Limits(max_connections=self.judge.concurrency, max_keepalive_connections=self.judge.concurrency)
        async with httpx.AsyncClient(
            timeout=self.judge.timeout_s, limits=limits, headers=bearer(self.judge.key), trust_env=uses_proxies(self.judge.url)
        ) as http:

            async def ask_one(question: Question) -> CallOutcome:
                async with slots:
                    outcome = await self.outcome(http, question)
                done(outcome)
                return outcome

            return list(await asyncio.gather(*(ask_one(question) for question in questions)))

    async def outcome(self, http: httpx.AsyncClient, question: Question) -> CallOutcome:
        """One question: from the cache, or from the judge and then into the cache."""
        cached = self.cached(question)
        if cached is not None:
            return cached
        if self.consecutive_failures >= 2 * self.judge.concurrency:
            return CallOutcome("unreached", error="given up, since the judge could not be reached many times in a row")
        try:
            outcome = await self.judged(http, question)
        except UnreachedError as error:
            self.consecutive_failures += 1
            return CallOutcome("unreached", error=str(error))
        self.consecutive_failures = 0
        if self.cache is not None and outcome.state == "judged":
            tokens = {"prompt_tokens": outcome.prompt_tokens, "completion_tokens": outcome.completion_tokens}
            self.cache.put(self.key(question), {"answer": outcome.answer, **tokens})
        return outcome

    def cached(self, question: Question) -> CallOutcome | None:
        """The cached outcome, if there is one that still fits the schema; its tokens are those of the original call."""
        stored = self.cache.get(self.key(question)) if self.cache is not None else None
        if stored is None:
            return None
        try:
            answer = checked(stored["answer"], question.schema)
            tokens = int(stored["prompt_tokens"]), int(stored["completion_tokens"])
        except (UnreadableError, KeyError, TypeError, ValueError):
            return None
        return CallOutcome("judged", answer, None, *tokens, cached=True)

    def key(self, question: Question) -> dict[str, Any]:
        """Everything that a verdict depends on."""
        judge = self.judge
        return {
            "endpoint": judge.recorded_host or judge.url,
            "model": judge.model,
            "revision": judge.revision,
            "decoding": {"temperature": 0, "max_tokens": MAX_TOKENS},
            "schema": question.schema,
            "messages": question.messages,
            "prompt_version": PROMPT_VERSION,
            "repeat": question.repeat,
        }

    async def judged(self, http: httpx.AsyncClient, question: Question) -> CallOutcome:
        """The verdict. After an unreadable answer the judge is asked once more and shown that answer and its problem."""
        messages = [dict(message) for message in question.messages]
        prompted = completed = 0
        problem = ""
        for _ in range(2):
            text, usage = await self.call(http, messages, question)
            prompted, completed = prompted + usage[0], completed + usage[1]
            try:
                return CallOutcome("judged", read(text, question), None, prompted, completed)
            except UnreadableError as error:
                problem = str(error)
            again = (
                f"That cannot be read: {problem}. Answer again with the one JSON object that was asked for and nothing else."
            )
            messages += [{"role": "assistant", "content": text[:MAX_REPEATED_CHARACTERS]}, {"role": "user", "content": again}]
        return CallOutcome("unread", None, problem, prompted, completed)

    async def call(
        self, http: httpx.AsyncClient, messages: list[dict[str, str]], question: Question
    ) -> tuple[str, tuple[int, int]]:
        """Text and token counts of one answer. Raises UnreachedError once the attempts are used up."""
        return await retry.acall(self.retry_policy, lambda: self.call_once(http, messages, question), transient_wait)

    async def call_once(
        self, http: httpx.AsyncClient, messages: list[dict[str, str]], question: Question
    ) -> tuple[str, tuple[int, int]]:
        """The same as `call`, in a single attempt."""
        try:
            # httpx limits only each single read, so a server that sends very slowly could hold a call forever.
            async with asyncio.timeout(self.judge.timeout_s):
                response = await self.post(http, messages, question)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise UnreachedError(f"no answer within {self.judge.timeout_s:g} s", wait=0.0, attempts=2) from error
        except httpx.HTTPError as error:
            # Use our own words: the client's message may quote the request, and it is stored with the answers.
            raise UnreachedError(kind_of(error), wait=0.0) from error
        if not response.is_success:
            may_pass = response.status_code in retry.TRANSIENT_STATUSES
            wait = retry.retry_after_s(response.headers.get("Retry-After")) if may_pass else None
            raise UnreachedError(f"HTTP {response.status_code}", wait)
        try:
            return content(response)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise UnreachedError(f"an answer that is no chat completion ({type(error).__name__})", wait=0.0) from error

    async def post(self, http: httpx.AsyncClient, messages: list[dict[str, str]], question: Question) -> httpx.Response:
        """One request, constrained by the schema until the server refuses such constraints."""
        url = f"{self.judge.url}/chat/completions"
        body: dict[str, Any] = {"model": self.judge.model, "messages": messages, "temperature": 0, "max_tokens": MAX_TOKENS}
        if self.constrained:
            form = {"name": "verdict", "strict": True, "schema": question.schema}
            constrained = await http.post(url, json=body | {"response_format": {"type": "json_schema", "json_schema": form}})
            if constrained.status_code not in NO_SCHEMA:
                return constrained
        response = await http.post(url, json=body)
        if self.constrained and response.is_success:
            self.constrained = False
        return response


def transient_wait(error: BaseException, attempt: int) -> float | None:
    """The `registry.common.retry.Passing` of errors from `Client.call_once`."""
    if not isinstance(error, UnreachedError) or (error.attempts is not None and attempt >= error.attempts):
        return None
    return error.wait


def content(response: httpx.Response) -> tuple[str, tuple[int, int]]:
    """Text and (prompt, completion) tokens of a chat completion; a null text is empty. Raises for anything else.

    The text is safe to store: it holds no half surrogate pair, and no key of this machine that the judge may have repeated.
    """
    body = response.json()
    text = body["choices"][0]["message"]["content"]
    if text is not None and not isinstance(text, str):
        raise TypeError
    answer = redacted(storable(text or ""))
    return answer, (tokens(body, "prompt_tokens"), tokens(body, "completion_tokens"))


def tokens(body: dict[str, Any], name: str) -> int:
    """A token count from an answer's usage, 0 if it is missing or wrong: such a fault must not cost the answer."""
    usage = body.get("usage")
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and 0 <= count < MAX_COUNT else 0
