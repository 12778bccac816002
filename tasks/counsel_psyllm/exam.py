"""How the judge of `counsel_psyllm` is examined."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from counsel_leaderboard.registry.common.closed import StrictlyClosed
from counsel_leaderboard.tasks.counsel_psyllm.task import DIMENSIONS
from counsel_leaderboard.tasks.exam.exam_definition import Answer, Doc, ExamDefinition, RatedReply, Row, Text


class Turn(StrictlyClosed):
    """One turn of the conversation before the reply."""

    speaker: Literal["client", "counselor"]
    words: Text


class RatedPsyllmReply(RatedReply):
    """A rated reply with the conversation before it."""

    conversation: list[Turn] = Field(min_length=1, alias="said")
    reply: Text

    def reply_and_document(self) -> tuple[str, Doc]:
        """The reply, and a document with the conversation."""
        return self.reply, self.model_dump(include={"conversation"}, by_alias=True)


def document(row: Row) -> dict[str, Any]:
    """The speech as a conversation of one turn."""
    return {"said": [{"speaker": "client", "words": row["speech"]}]}


def quality(answer: Answer, _row: Row) -> float:
    """The mean of the four dimensions, each divided by its highest score."""
    return sum(float(answer[name]) / top for name, top in DIMENSIONS.items()) / len(DIMENSIONS)


EXAM = ExamDefinition(
    document=document,
    rated=RatedPsyllmReply,
    reference=lambda doc: str(doc["target"]),
    score=quality,
    in_full=("missed risk cue",),
)
