"""Judging all replies of a task at once: the lm-eval filter, and the record of the judge."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, TextIO

from lm_eval.api.filter import Filter

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.tasks.judge.cache import Cache, verdict_cache
from counsel_leaderboard.tasks.judge.client import CallOutcome, Client
from counsel_leaderboard.tasks.judge.plan import Doc, JudgingPlan, verdict
from counsel_leaderboard.tasks.judge.prompts import PROMPT_VERSION, rubric_hash
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint

log = logging.getLogger(__name__)

FILTER = "judge"
REPORT_EVERY_S = 2.0
MAX_REASONS = 10


class JudgeFilter(Filter):  # type: ignore[misc]
    """Turns the answers of a task into verdicts (see `tasks.judge.plan.verdict`), concurrently.

    It never raises: lm-eval calls it after generation, and an exception would lose every task's answers. Errors are stored with
    the items that stayed unjudged.
    """

    def __init__(self, task: str, plan: JudgingPlan, judge: JudgeEndpoint | None, cache: Cache | None = None) -> None:
        super().__init__()
        self.cache = cache
        self.task, self.plan, self.judge = task, plan, judge
        self.record: dict[str, Any] | None = None
        self.messages: dict[str, str] = {}
        """The judge's own words for each reason without an answer, for people only."""

    def apply(self, resps: Sequence[Sequence[str]], docs: Sequence[Doc]) -> list[str]:
        """One verdict, as JSON text, for each answer."""
        answers = [response[0] for response in resps]
        try:
            return self.verdicts(answers, docs)
        except Exception as error:
            # Any exception at all, as the class explains: the generated answers must survive.
            log.exception("%s: judging stopped; the replies stay unjudged and can be judged later", self.task)
            stopped = f"judging stopped: {type(error).__name__}"
            return [verdict(self.plan.read(answer), None, stopped) for answer in answers]

    def verdicts(self, answers: Sequence[str], docs: Sequence[Doc]) -> list[str]:
        """The same as `apply`, from the answers themselves, but it may raise."""
        if self.judge is None:
            return [self.plan.verdict(doc, answer, None) for answer, doc in zip(answers, docs, strict=True)]
        questions = [self.plan.questions(doc, self.plan.read(answer)) for answer, doc in zip(answers, docs, strict=True)]
        client = Client(self.judge, verdict_cache() if self.cache is None else self.cache)
        progress = JudgingProgress(self.task, sum(map(len, questions)))
        outcomes = iter(asyncio.run(client.ask(list(chain.from_iterable(questions)), progress.add)))
        self.messages = client.messages
        self.record = {
            **identity(self.judge, self.plan),
            "constrained": client.constrained,
            "max_tokens": client.budget,
            **({"adapted": client.adapted} if client.adapted else {}),
            **progress.totals(),
        }
        progress.report_losses(self.messages)
        return [
            self.plan.verdict(doc, answer, [next(outcomes) for _ in calls])
            for answer, doc, calls in zip(answers, docs, questions, strict=True)
        ]


def identity(judge: JudgeEndpoint, plan: JudgingPlan) -> dict[str, Any]:
    """The judge, rubric and prompt: the part of the record that two scores must share to be comparable."""
    return {
        "model": judge.model,
        "revision": judge.revision,
        "url_host": judge.host,
        "rubric": rubric_hash(plan.rubric),
        "prompt_version": PROMPT_VERSION,
    }


class JudgingProgress:
    """Counts outcomes and reports them every two seconds and at the end: a line on stderr, and an event."""

    def __init__(self, task: str, total: int, out: TextIO | None = None) -> None:
        self.task, self.total, self.out = task, total, out or sys.stderr
        self.counts: dict[str, int] = {"judged": 0, "unread": 0, "unreached": 0}
        self.reasons = Counter[str]()
        self.odd_usage = 0
        self.cached = self.prompt_tokens = self.completion_tokens = 0
        self.started = self.last_report = time.monotonic()

    def add(self, outcome: CallOutcome) -> None:
        """Count one outcome."""
        self.counts[outcome.state] += 1
        self.cached += outcome.cached
        self.odd_usage += outcome.odd_usage
        if outcome.error:
            self.reasons[outcome.error] += 1
        if not outcome.cached:
            self.prompt_tokens += outcome.prompt_tokens
            self.completion_tokens += outcome.completion_tokens
        now, done = time.monotonic(), sum(self.counts.values())
        if done == self.total or now - self.last_report >= REPORT_EVERY_S:
            self.last_report = now
            print(self.line(done, now - self.started), file=self.out, flush=True)
            unscored = done - self.counts["judged"]
            events.send(events.ProgressEvent(task=self.task, done=done, total=self.total, unscored=unscored))

    def line(self, done: int, elapsed: float) -> str:
        """The progress so far and the estimated time left, as a line for people."""
        remaining_s = elapsed / done * (self.total - done)
        unscored = done - self.counts["judged"]
        progress = f"judged {done}/{self.total} calls of {self.task}, {unscored} without verdict"
        return f"{progress}, {elapsed:.0f} s, about {remaining_s:.0f} s left"

    def report_losses(self, messages: Mapping[str, str]) -> None:
        """Say how many calls ended without a verdict, why, and in which words the judge put it; nothing if none did."""
        for reason, number in self.reasons.most_common(MAX_REASONS):
            words = f": {messages[reason]}" if reason in messages else ""
            print(f"{self.task}: {number} calls without a verdict: {reason}{words}", file=self.out, flush=True)
        if self.odd_usage:
            words = "the judge's token counts (usage) are no counts, so its tokens are not known"
            print(f"{self.task}: in {self.odd_usage} answers {words}", file=self.out, flush=True)

    def totals(self) -> Mapping[str, Any]:
        """Counts, tokens and what was lost for the record; cached verdicts cost no tokens."""
        return {
            "calls": self.total,
            "cached": self.cached,
            "unread": self.counts["unread"],
            "unreached": self.counts["unreached"],
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            **({"odd_usage": self.odd_usage} if self.odd_usage else {}),
            "lost": dict(self.reasons.most_common(MAX_REASONS)),
        }
