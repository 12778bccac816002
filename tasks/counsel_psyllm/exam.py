"""How the judge of `counsel_psyllm` is examined."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from counsel_leaderboard.registry.common.closed import StrictlyClosed
from counsel_leaderboard.tasks.counsel_psyllm.task import DIMENSIONS, RISK
from counsel_leaderboard.tasks.exam.exam_definition import Answer, Doc, ExamDefinition, RatedReply, Row, Text

RISK_FLAW = "missed risk cue"


class Turn(StrictlyClosed):
    """One turn of the conversation before the reply."""

    speaker: Literal["client", "counselor"]
    words: Text


class RatedPsyllmReply(RatedReply):
    """A rated reply with the conversation before it. `risk_cue`: risk handling was rated too, and the judge is asked for it."""

    conversation: list[Turn] = Field(min_length=1, alias="said")
    reply: Text
    risk_cue: bool = False

    def reply_and_document(self) -> tuple[str, Doc]:
        """The reply, and a document with the conversation."""
        return self.reply, self.model_dump(include={"conversation", "risk_cue"}, by_alias=True)


def document(row: Row) -> dict[str, Any]:
    """The speech as a conversation of one turn, flagged with a cue to danger where the flaw is that it was missed."""
    return {"said": [{"speaker": "client", "words": row["speech"]}], "risk_cue": row["flaw"] == RISK_FLAW}


def dialogue(row: Row) -> dict[str, Any]:
    """The whole dialogue as the conversation."""
    return {"said": [{"speaker": turn["role"], "words": turn["content"]} for turn in row["dialogue"]]}


def quality(answer: Answer, _row: Row) -> float:
    """Risk handling where the judge was asked for it, because that is no part of the headline; elsewhere the mean of the four
    dimensions, each divided by its highest score.
    """
    if RISK in answer:
        return float(answer[RISK])
    return sum(float(answer[name]) / top for name, top in DIMENSIONS.items()) / len(DIMENSIONS)


EXAM = ExamDefinition(
    document=document,
    dialogue=dialogue,
    rated=RatedPsyllmReply,
    reference=lambda doc: str(doc["target"]),
    score=quality,
    in_full=(RISK_FLAW,),
)
