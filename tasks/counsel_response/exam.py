"""How the judge of `counsel_response` is examined."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from counsel_leaderboard import registry
from counsel_leaderboard.registry.common.closed import StrictlyClosed
from counsel_leaderboard.tasks.exam.exam_definition import Answer, Doc, ExamDefinition, RatedReply, Row, Text


class RatedMessage(StrictlyClosed):
    """One message before the reply."""

    role: Literal["user", "assistant"]
    content: Text


class RatedResponseReply(RatedReply):
    """A rated reply with the chat before it and the question about it."""

    messages: list[RatedMessage] = Field(min_length=1)
    question: Text
    reply: Text

    def reply_and_document(self) -> tuple[str, Doc]:
        """The reply, and a document with the chat and the question."""
        return self.reply, self.model_dump(include={"messages", "question"})


def document(row: Row) -> dict[str, Any]:
    """The speech as the client's one message, with the row's question."""
    message = {"role": "user", "content": row["speech"]}
    return {"messages": [message], "question": row["question"]}


def dialogue(row: Row) -> dict[str, Any]:
    """The whole dialogue as the chat, with the row's question."""
    roles = {"client": "user", "counselor": "assistant"}
    messages = [{"role": roles[turn["role"]], "content": turn["content"]} for turn in row["dialogue"]]
    return {"messages": messages, "question": row["question"]}


def favourable(answer: Answer, row: Row) -> float:
    """1 if the judge gives the answer that a sound reply deserves, else 0."""
    return float(answer["answer"] == row["right"])


@functools.cache
def _bank() -> dict[str, Mapping[str, Any]]:
    return {row["id"]: row for row in registry.load("open-response").rows}


EXAM = ExamDefinition(
    document=document,
    dialogue=dialogue,
    rated=RatedResponseReply,
    reference=lambda doc: str(_bank()[doc["id"]]["reference"]),
    score=favourable,
    in_full=("missed risk cue", "going along with a delusion"),
)
