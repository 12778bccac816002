"""Putting many questions to one judge: what that will cost, and all of the answers or none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tasks.judge.client import MAX_TOKENS, Client, Outcome
from tasks.judge.judging import Progress
from tasks.judge.prompts import Question
from tasks.judge.settings import JudgeError

CHARACTERS_PER_TOKEN = 4.0
REASON_TOKENS = 80
"""A verdict is mostly its reason, 240 characters at most."""


def cost(what: str, questions: Sequence[Question], client: Client) -> str:
    """One line, beginning with `what`: calls, and an estimate of the tokens that they will take."""
    fresh = [question for question in questions if client.kept(question) is None]
    characters = sum(len(message["content"]) for question in fresh for message in question.messages)
    read, written = round(characters / CHARACTERS_PER_TOKEN), len(fresh) * REASON_TOKENS
    return (
        f"{what} of {len(questions)} calls, {len(questions) - len(fresh)} of them answered before: about {read:,} tokens to "
        f"read and {written:,} to write (estimated from {CHARACTERS_PER_TOKEN:g} characters a token; at most {MAX_TOKENS} a "
        "verdict)"
    )


def ask(what: str, questions: Sequence[Question], client: Client) -> list[Outcome]:
    """An outcome for every question, in their order; progress goes to stderr. Raises JudgeError where any was not reached."""
    progress = Progress(what, len(questions))
    outcomes = asyncio.run(client.ask(questions, progress.add))
    if progress.counts["unreached"]:
        lost = f"{progress.counts['unreached']} of {len(questions)} calls"
        raise JudgeError(
            f"the judge at {client.judge.host} could not be reached for {lost}. Look after it and run the same command again: "
            "the verdicts so far are kept."
        )
    return outcomes
