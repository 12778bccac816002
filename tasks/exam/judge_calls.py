"""Asking one judge many questions: an estimate of the cost, and then all of the answers or none."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.tasks.judge.cache import verdict_cache
from counsel_leaderboard.tasks.judge.client import CallOutcome, Client
from counsel_leaderboard.tasks.judge.judging import JudgingProgress
from counsel_leaderboard.tasks.judge.prompts import Question
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint, JudgeError

CHARACTERS_PER_TOKEN = 4.0
REASON_TOKENS = 80
"""A verdict is mostly its reason, 240 characters at most."""


def report_cost(what: str, questions: Sequence[Question], client: Client) -> None:
    """Report the number of calls in `what` and an estimate of their tokens: a line on stderr, and an event."""
    uncached = [question for question in questions if client.cached(question) is None]
    characters = sum(len(message["content"]) for question in uncached for message in question.messages)
    cost = events.Cost(
        what=what,
        calls=len(questions),
        answered=len(questions) - len(uncached),
        tokens_read=round(characters / CHARACTERS_PER_TOKEN),
        tokens_written=len(uncached) * REASON_TOKENS,
        characters_per_token=CHARACTERS_PER_TOKEN,
        most_written=client.budget,
    )
    print(cost.line(), file=sys.stderr, flush=True)
    events.send(cost)


def ask(what: str, questions: Sequence[Question], client: Client) -> list[CallOutcome]:
    """The outcome of every question, in order, with progress events. Raises JudgeError if any was not reached."""
    progress = JudgingProgress(what, len(questions))
    outcomes = asyncio.run(client.ask(questions, progress.add))
    progress.report_losses(client.messages)
    if progress.counts["unreached"]:
        count = f"{progress.counts['unreached']} of {len(questions)} calls"
        raise JudgeError(
            f"the judge at {client.judge.host} could not be reached for {count}. Check it and run the same command again: "
            "the verdicts so far are saved."
        )
    return outcomes


def report_and_ask(
    what: str, questions: Sequence[Question], judge: JudgeEndpoint, *, cost_only: bool
) -> list[CallOutcome] | None:
    """Report the cost of `what`, named without its article, and ask `judge`; None where `cost_only`.

    Verdicts are cached as they arrive. Raises JudgeError if any call was not reached.
    """
    client = Client(judge, verdict_cache())
    report_cost(what, questions, client)
    return None if cost_only else ask(f"the {what}", questions, client)
