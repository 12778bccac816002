"""Asking the judge, with limits on concurrency, retries and time; every question yields a verdict or a reason for none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.answers import ChatAnswer
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.chat.thoughts import visible
from counsel_leaderboard.registry.common import retry
from counsel_leaderboard.registry.common.credentials import bearer
from counsel_leaderboard.tasks.judge.cache import Cache
from counsel_leaderboard.tasks.judge.prompts import PROMPT_VERSION, Question
from counsel_leaderboard.tasks.judge.settings import THINKING_TOKENS, TOKENS, JudgeEndpoint
from counsel_leaderboard.tasks.judge.verdict_parser import UnreadableError, checked, read

MAX_REPEATED_CHARACTERS = 2000
MAX_MESSAGES = 20


@dataclass(frozen=True)
class CallOutcome:
    """The outcome of one question: `answer` if `state` is judged, else `error` in this project's words, never a server's.

    odd_usage: the judge counted its tokens in numbers that are no counts, which then count as 0.
    unread: the judge answered twice, but no verdict could be read. unreached: no answer arrived.
    """

    state: Literal["judged", "unread", "unreached"]
    answer: dict[str, Any] | None = None
    error: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached: bool = False
    odd_usage: bool = False


def is_thought(answer: ChatAnswer) -> bool:
    """Whether an answer holds thoughts and nothing after them."""
    shown = visible(answer.text)
    return shown is None or (not shown and bool(answer.thoughts or answer.text.strip()))


class Client:
    """One judge, asked many questions concurrently.

    After `2 * concurrency` consecutive questions that could not reach the judge, the rest are given up at once, so that a run
    with a dead judge ends in bounded time.
    """

    def __init__(self, judge: JudgeEndpoint, cache: Cache | None, retry_policy: retry.Policy = retry.CHAT) -> None:
        self.judge = judge
        self.cache = cache
        self.retry_policy = retry_policy
        self.consecutive_failures = 0
        self.budget = judge.max_tokens or TOKENS
        """Tokens that one answer may have now, thoughts included."""
        self.messages: dict[str, str] = {}
        """Reasons without an answer, with the judge's own words, for people only: a record must not hold them."""
        self.endpoint: chat_http.ChatEndpoint | None = None

    @property
    def constrained(self) -> bool:
        """Whether the judge accepts a schema for its answers."""
        return self.endpoint is None or "response_format" not in self.endpoint.adaptation.left_out

    @property
    def adapted(self) -> list[str]:
        """What the judge is asked in another form than usual, because it refused that."""
        return [] if self.endpoint is None else self.endpoint.adaptation.record()

    async def ask(
        self, questions: Sequence[Question], done: Callable[[CallOutcome], None] = lambda _: None
    ) -> list[CallOutcome]:
        """Outcomes in the order of the questions; `done` is called with each one as it arrives."""
        slots = asyncio.Semaphore(self.judge.concurrency)
        limits = httpx.Limits(max_connections=self.judge.concurrency, max_keepalive_connections=self.judge.concurrency)
        url = f"{self.judge.url}/chat/completions"
        options = chat_http.options(url, headers=bearer(self.judge.key), timeout_s=self.judge.timeout_s)
        async with httpx.AsyncClient(limits=limits, **options) as http:
            self.endpoint = endpoint = chat_http.ChatEndpoint(http, url, self.judge.timeout_s, self.retry_policy)

            async def ask_one(question: Question) -> CallOutcome:
                async with slots:
                    outcome = await self.outcome_alone(endpoint, question)
                done(outcome)
                return outcome

            return list(await asyncio.gather(*(ask_one(question) for question in questions)))

    async def outcome_alone(self, endpoint: chat_http.ChatEndpoint, question: Question) -> CallOutcome:
        """As `outcome`; whatever an answer does to the reader costs its own item alone."""
        try:
            return await self.outcome(endpoint, question)
        except Exception as error:  # noqa: BLE001 - foreign input; one item must not end the judging of all
            return CallOutcome("unreached", error=f"the answer could not be read ({type(error).__name__})")

    async def outcome(self, endpoint: chat_http.ChatEndpoint, question: Question) -> CallOutcome:
        """One question: from the cache, or from the judge and then into the cache."""
        cached = self.cached(question)
        if cached is not None:
            return cached
        if self.consecutive_failures >= 2 * self.judge.concurrency:
            return CallOutcome("unreached", error="given up, since the judge could not be reached many times in a row")
        try:
            outcome = await self.judged(endpoint, question)
        except NoAnswerError as error:
            self.consecutive_failures += not error.filtered
            if len(self.messages) < MAX_MESSAGES and error.message:
                self.messages.setdefault(str(error), error.message)
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
            "decoding": {"temperature": 0, "max_tokens": judge.max_tokens or max(TOKENS, question.tokens)},
            "schema": question.schema,
            "messages": question.messages,
            "prompt_version": PROMPT_VERSION,
            "repeat": question.repeat,
        }

    async def judged(self, endpoint: chat_http.ChatEndpoint, question: Question) -> CallOutcome:
        """The verdict. After an unreadable answer the judge is asked once more and shown that answer and its problem.

        Of a question that may be answered in part, the second answer's readable fields are the verdict.

        One that was cut among its thoughts is asked the same again with more tokens, unless the host set how many it may use.
        """
        messages = [dict(message) for message in question.messages]
        prompted = completed = 0
        problem = ""
        odd = False
        for attempt in range(2):
            answer = await self.whole(endpoint, messages, question)
            prompted, completed = prompted + (answer.prompt_tokens or 0), completed + (answer.completion_tokens or 0)
            odd = odd or answer.odd_usage
            try:
                verdict = read(answer.text, question, partial=question.partial and attempt > 0)
                return CallOutcome("judged", verdict, None, prompted, completed, odd_usage=odd)
            except UnreadableError as error:
                problem = self.problem(answer, str(error))
            # Some servers put a constrained answer where thoughts belong; without the constraint it comes as a text.
            if not answer.text.strip() and answer.thoughts and endpoint.without_constraint():
                continue
            again = (
                f"That cannot be read: {problem}. Answer again with the one JSON object that was asked for and nothing else."
            )
            shown = answer.text[:MAX_REPEATED_CHARACTERS]
            messages += [{"role": "assistant", "content": shown}, {"role": "user", "content": again}]
        return CallOutcome("unread", None, problem, prompted, completed, odd_usage=odd)

    async def whole(
        self, endpoint: chat_http.ChatEndpoint, messages: Sequence[Mapping[str, str]], question: Question
    ) -> ChatAnswer:
        """The answer; asked for again with THINKING_TOKENS where it was cut before its thoughts ended."""
        asked = self.budget
        answer = await endpoint.ask(self.body(messages, question))
        if self.judge.max_tokens is None and asked < THINKING_TOKENS and answer.cut and is_thought(answer):
            self.budget = THINKING_TOKENS
            answer = await endpoint.ask(self.body(messages, question))
        return answer

    def tokens(self, question: Question) -> int:
        """How many tokens an answer may have: what the setting says, else what the question may need."""
        return self.budget if self.judge.max_tokens is not None else max(self.budget, question.tokens)

    def problem(self, answer: ChatAnswer, problem: str) -> str:
        """Why an answer cannot be read; one that ended at its budget is named so, with the budget."""
        if not answer.cut:
            return problem
        return f"cut at {self.budget} tokens (COUNSEL_JUDGE_TOKENS sets how many the judge may use)"

    def body(self, messages: Sequence[Mapping[str, str]], question: Question) -> dict[str, Any]:
        """The request, constrained by the schema."""
        form = {"name": "verdict", "strict": True, "schema": question.schema}
        return {
            "model": self.judge.model,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": self.tokens(question),
            "response_format": {"type": "json_schema", "json_schema": form},
        }
