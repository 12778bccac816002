"""Putting many questions to one judge: what that will cost, and all of the answers or none."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.tasks.judge.client import MAX_TOKENS, Client, Outcome
from counsel_leaderboard.tasks.judge.judging import Progress
from counsel_leaderboard.tasks.judge.prompts import Question
from counsel_leaderboard.tasks.judge.settings import JudgeError

CHARACTERS_PER_TOKEN = 4.0
REASON_TOKENS = 80
"""A verdict is mostly its reason, 240 characters at most."""


def tell_cost(what: str, questions: Sequence[Question], client: Client) -> None:
    """Say how many calls `what` has, and an estimate of the tokens that they will take: a line on stderr, and an event."""
    fresh = [question for question in questions if client.kept(question) is None]
    characters = sum(len(message["content"]) for question in fresh for message in question.messages)
    found = events.Cost(
        what=what,
        calls=len(questions),
        answered=len(questions) - len(fresh),
        tokens_read=round(characters / CHARACTERS_PER_TOKEN),
        tokens_written=len(fresh) * REASON_TOKENS,
        characters_per_token=CHARACTERS_PER_TOKEN,
        most_written=MAX_TOKENS,
    )
    print(found.line(), file=sys.stderr, flush=True)
    events.tell(found)


def ask(what: str, questions: Sequence[Question], client: Client) -> list[Outcome]:
    """An outcome for every question, in their order; progress is told. Raises JudgeError where any was not reached."""
    progress = Progress(what, len(questions))
    outcomes = asyncio.run(client.ask(questions, progress.add))
    if progress.counts["unreached"]:
        lost = f"{progress.counts['unreached']} of {len(questions)} calls"
        raise JudgeError(
            f"the judge at {client.judge.host} could not be reached for {lost}. Look after it and run the same command again: "
            "the verdicts so far are kept."
        )
    return outcomes
