"""How the judge of `counsel_preference` is examined."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from counsel_leaderboard import registry
from counsel_leaderboard.tasks.exam.exam_definition import Doc, ExamDefinition, RatedReply, Row, Text


class RatedPreferenceReply(RatedReply):
    """Two rated replies to a speech; `replies`: first the reply that people saw as A, then the one they saw as B."""

    speech: Text
    replies: list[Text] = Field(min_length=2, max_length=2)

    def reply_and_document(self) -> tuple[str, Doc]:
        """The first reply, and the speech with the second reply as the reference."""
        first, second = self.replies
        return first, {"speech": self.speech, "reference": second}


def document(row: Row) -> dict[str, Any]:
    """The speech, with the flawed reply as the reference for the sound one."""
    return {"speech": row["speech"], "reference": row["flawed"]}


def dialogue(row: Row) -> dict[str, Any]:
    """The whole dialogue in the place of the speech, each message after its speaker, with the other reply as the reference."""
    speech = "\n\n".join(f"{turn['role'].capitalize()}: {turn['content']}" for turn in row["dialogue"])
    return {"speech": speech, "reference": row["other"]}


@functools.cache
def _bank() -> dict[str, Mapping[str, Any]]:
    return {row["id"]: row for row in registry.load("open-preference").rows}


def flawed(doc: Doc) -> tuple[str, str]:
    """The bank's flawed reply, because comparing the reference with itself would say nothing."""
    return "flawed", str(_bank()[doc["id"]]["flawed"])


EXAM = ExamDefinition(
    document=document,
    dialogue=dialogue,
    rated=RatedPreferenceReply,
    reference=lambda doc: str(doc["target"]),
    best_anchor=flawed,
)
