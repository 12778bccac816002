"""Pairs of stored sessions with the same client: the questions to a judge, and what can be compared at all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.sessions.transcript import TranscriptError, read_transcript
from counsel_leaderboard.tasks.common.thinking import Reply
from counsel_leaderboard.tasks.judge.plan import Doc, JudgingPlan
from counsel_leaderboard.tasks.judge.prompts import PromptPart

SPEAKERS: Final = {"client": "Client", "counselor": "Counselor"}
MOST_CHARACTERS: Final = 60_000
"""A longer session does not stand beside another in one prompt, so it is not compared."""


def read_session(raw: str) -> Reply:
    """The words of both sides as one text, without who wrote them and by which rule.

    The state is `failed` where the text is no transcript or the session failed, `truncated` where it is longer than
    MOST_CHARACTERS, and `empty` where the counselor never said a word.
    """
    try:
        transcript = read_transcript(raw)
    except TranscriptError:
        return Reply("", "failed")
    if transcript.failure is not None:
        return Reply("", "failed")
    if not any(turn.text.strip() for turn in transcript.counselor_turns()):
        return Reply("", "empty")
    text = "\n\n".join(f"{SPEAKERS[turn.speaker]} - {turn.text.strip()}" for turn in transcript.turns)
    return Reply(text, "reply") if len(text) <= MOST_CHARACTERS else Reply("", "truncated")


def views(doc: Doc, session: str) -> list[tuple[PromptPart, ...]]:
    """Two calls: the session as A, then as B, beside the document's `reference`."""
    pairs = ((session, doc["reference"]), (doc["reference"], session))
    return [(PromptPart("Session A", first), PromptPart("Session B", second)) for first, second in pairs]


PLAN: Final = JudgingPlan(
    Path(__file__).with_name("session_preference.md"), views, {"choice": {"type": "string", "enum": ["A", "B", "tie"]}}
)
