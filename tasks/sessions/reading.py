"""What is read of an answer that should be a session's transcript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counsel_leaderboard.registry.sessions.measures import measures
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, TranscriptError, read_transcript
from counsel_leaderboard.tasks.common.thinking import Reply

NO_TRANSCRIPT = "no transcript"
"""The key of `measured` that says why an answer holds no session."""


def transcript_of(raw: str) -> SessionTranscript | None:
    """The session in an answer, None where it holds none, because nobody generated it or no session server stood between."""
    try:
        return read_transcript(raw)
    except TranscriptError:
        return None


def read(raw: str) -> Reply:
    """The transcript as the text to be judged.

    A session that failed, or that is none, is not generated, however many turns it has; one in which the counselor never spoke is
    empty.
    """
    transcript = transcript_of(raw)
    if transcript is None or transcript.failure is not None:
        return Reply("", "failed")
    spoke = any(turn.text.strip() for turn in transcript.counselor_turns())
    return Reply(raw, "reply" if spoke else "empty")


def measured(_doc: Mapping[str, Any], raw: str) -> dict[str, float]:
    """What the session shows without a judge. A session that failed has nothing but the number of turns that it has."""
    transcript = transcript_of(raw)
    if transcript is None:
        return {}
    if transcript.failure is not None:
        return {"counselor_turns": len(transcript.counselor_turns())}
    return measures(transcript)
