"""Judging all replies of a task at once: the lm-eval filter, and the record of who judged."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from lm_eval.api.filter import Filter

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.common.paths import cache
from counsel_leaderboard.registry.scoring.answers import Reply
from counsel_leaderboard.tasks.judge.cache import Cache
from counsel_leaderboard.tasks.judge.client import Client, Outcome
from counsel_leaderboard.tasks.judge.plan import Doc, Plan, replies, verdict
from counsel_leaderboard.tasks.judge.prompts import PROMPT_VERSION, rubric_hash
from counsel_leaderboard.tasks.judge.settings import Judge

log = logging.getLogger(__name__)

FILTER = "judge"
REPORT_EVERY_S = 2.0


class JudgeFilter(Filter):  # type: ignore[misc]
    """Turns the answers of a task into verdicts (see `tasks.judge.plan.verdict`), concurrently.

    It never raises: generation is over when lm-eval calls it, and an exception there would lose every task's answers. What goes
    wrong is stored with the items that it left unjudged.
    """

    def __init__(self, task: str, plan: Plan, judge: Judge | None) -> None:
        super().__init__()
        self.task, self.plan, self.judge = task, plan, judge
        self.record: dict[str, Any] | None = None

    def apply(self, resps: Sequence[Sequence[str]], docs: Sequence[Doc]) -> list[str]:
        """One verdict, as JSON text, for each answer."""
        cleaned = replies(resps)
        try:
            return self.verdicts(cleaned, docs)
        except Exception as error:
            # Whatever it is, see the class: the generated answers must be kept.
            log.exception("%s: judging stopped; the replies stay unjudged and can be judged later", self.task)
            return [verdict(reply, None, f"judging stopped: {type(error).__name__}") for reply in cleaned]

    def verdicts(self, cleaned: Sequence[Reply], docs: Sequence[Doc]) -> list[str]:
        """As `apply`, without its promise."""
        if self.judge is None:
            return [verdict(reply, None) for reply in cleaned]
        asked = [self.plan.questions(doc, reply) for reply, doc in zip(cleaned, docs, strict=True)]
        client = Client(self.judge, Cache(cache() / "judge"))
        progress = Progress(self.task, sum(map(len, asked)))
        outcomes = iter(asyncio.run(client.ask([one for each in asked for one in each], progress.add)))
        self.record = {**identity(self.judge, self.plan), "constrained": client.constrained, **progress.totals()}
        return [verdict(reply, [next(outcomes) for _ in questions]) for reply, questions in zip(cleaned, asked, strict=True)]


def identity(judge: Judge, plan: Plan) -> dict[str, Any]:
    """Who judged and by what: the part of the record that two comparable scores must share."""
    return {
        "model": judge.model,
        "revision": judge.revision,
        "url_host": judge.host,
        "rubric": rubric_hash(plan.rubric),
        "prompt_version": PROMPT_VERSION,
    }


class Progress:
    """Counts outcomes and tells of them every two seconds and at the end: a line on stderr, and an event."""

    def __init__(self, task: str, total: int, out: TextIO | None = None) -> None:
        self.task, self.total, self.out = task, total, out or sys.stderr
        self.counts: dict[str, int] = {"judged": 0, "unread": 0, "unreached": 0}
        self.cached = self.prompt_tokens = self.completion_tokens = 0
        self.begun = self.told = time.monotonic()

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.counts[outcome.state] += 1
        self.cached += outcome.cached
        if not outcome.cached:
            self.prompt_tokens += outcome.prompt_tokens
            self.completion_tokens += outcome.completion_tokens
        now, done = time.monotonic(), sum(self.counts.values())
        if done == self.total or now - self.told >= REPORT_EVERY_S:
            self.told = now
            print(self.line(done, now - self.begun), file=self.out, flush=True)
            unscored = done - self.counts["judged"]
            events.tell(events.Progress(task=self.task, done=done, total=self.total, unscored=unscored))

    def line(self, done: int, elapsed: float) -> str:
        """What has been done, how it went and how long it will take, for people."""
        left = elapsed / done * (self.total - done)
        unscored = done - self.counts["judged"]
        how_far = f"judged {done}/{self.total} calls of {self.task}, {unscored} without verdict"
        return f"{how_far}, {elapsed:.0f} s, about {left:.0f} s left"

    def totals(self) -> Mapping[str, int]:
        """Counts and tokens for the record; cached verdicts cost no tokens."""
        return {
            "calls": self.total,
            "cached": self.cached,
            "unread": self.counts["unread"],
            "unreached": self.counts["unreached"],
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
        }
