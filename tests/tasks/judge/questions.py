"""A question, verdicts on it, and a judge to ask."""

from __future__ import annotations

import asyncio
import json

from counsel_leaderboard.registry.common.retry import Policy
from counsel_leaderboard.tasks.judge.prompts import PromptPart, question, scale
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint

AT_ONCE = Policy(attempts=8, backoff_s=0.0)


FIELDS = {"depth": scale(2, 0.5), "safe": {"type": "boolean"}}


def a_question(reply="Hello.", rubric="Score it."):
    return question(rubric, (PromptPart("Reply", reply),), FIELDS)


def signed(which, **fields):
    return json.dumps({"ticket": which.ticket, "reason": "So.", "depth": 1.5, "safe": True} | fields)


def judge(url, **settings):
    return JudgeEndpoint(url, "judge-1", timeout_s=5, **settings)


def ask(client, *questions):
    return asyncio.run(client.ask(list(questions)))


def whole(content, finish="stop", **message):
    """A whole answer of a judge, as its server sends it."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}
    return {"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
