"""Transcripts of sessions that exist in a test alone."""

from __future__ import annotations

from typing import Any

from counsel_leaderboard.registry.sessions.transcript import SessionTranscript


def transcript(*pairs: tuple[str, str], client: str = "client-abena", **changes: Any) -> SessionTranscript:
    """A session of exchanges, each of what the client and what the counselor says."""
    turns = [
        {"speaker": speaker, "text": text, "author": author}
        for pair in pairs
        for speaker, author, text in zip(("client", "counselor"), ("script", "toy"), pair, strict=True)
    ]
    given = {"session": client, "client": client, "counselor": "toy", "turns": turns, "ended_by": "turn limit", **changes}
    return SessionTranscript.model_validate(given)
