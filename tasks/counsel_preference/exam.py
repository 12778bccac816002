"""How the judge of `counsel_preference` is examined."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from counsel_leaderboard import registry
from counsel_leaderboard.tasks.exam.subject import Doc, ExamSubject, RatedReply, Row, Text


class Rated(RatedReply):
    """Two rated replies to a speech; `replies`: the one that people called A, then the one they called B."""

    speech: Text
    replies: list[Text] = Field(min_length=2, max_length=2)

    def reply_and_document(self) -> tuple[str, Doc]:
        """The first reply, and the speech with the second one as what it is compared with."""
        first, second = self.replies
        return first, {"speech": self.speech, "reference": second}


def document(row: Row) -> dict[str, Any]:
    """The speech, with the flawed reply as what the sound one is compared with."""
    return {"speech": row["speech"], "reference": row["flawed"]}


@functools.cache
def _bank() -> dict[str, Mapping[str, Any]]:
    return {row["id"]: row for row in registry.load("open-preference").rows}


def flawed(doc: Doc) -> tuple[str, str]:
    """The bank's flawed reply: its reference is what every reply is compared with here, and says nothing against itself."""
    return "flawed", str(_bank()[doc["id"]]["flawed"])


EXAM = ExamSubject(document=document, rated=Rated, reference=lambda doc: str(doc["target"]), best_anchor=flawed)
