"""What is read of an answer that should be a session's transcript."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from counsel_leaderboard.registry.embeddings.minilm import MissingEmbeddingError, minilm
from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.measures import (
    client_measures,
    first_risk_question,
    measures,
    repeated_sentences,
    skill_rates,
)
from counsel_leaderboard.registry.sessions.private_clients import PREFIX, private_clients
from counsel_leaderboard.registry.sessions.reading.act_words import spoken_acts
from counsel_leaderboard.registry.sessions.reading.risk_questions import RiskDetector
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, TranscriptError, read_transcript
from counsel_leaderboard.registry.skills.coder import shipped_coder
from counsel_leaderboard.tasks.common.thinking import Reply
from counsel_leaderboard.tasks.sessions.windows import windows


def transcript_of(raw: str) -> SessionTranscript | None:
    """The session in an answer, None where it holds none, because nobody generated it or no session server stood between."""
    try:
        return read_transcript(raw)
    except TranscriptError:
        return None


def read(raw: str) -> Reply:
    """The transcript as the text to be judged.

    A session that failed, or that is none, is not generated, however many turns it has; one in which the counselor never spoke
    is empty.
    """
    transcript = transcript_of(raw)
    if transcript is None or transcript.failure is not None:
        return Reply("", "failed")
    spoke = any(turn.text.strip() for turn in transcript.counselor_turns())
    return Reply(raw, "reply" if spoke else "empty")


def measured(doc: Mapping[str, Any], raw: str) -> dict[str, Any]:
    """`metrics`: what the session shows without a judge; `windows`: the counselor's turns in each window of it.

    A session that failed has nothing but the number of turns that it has, and an answer without a session nothing at all.
    Without the embedding model nothing is known of questions about risk.
    """
    transcript = transcript_of(raw)
    if transcript is None:
        return {"metrics": {}, "windows": []}
    if transcript.failure is not None:
        return {"metrics": {"counselor_turns": len(transcript.counselor_turns())}, "windows": []}
    shown = measures(transcript) | client_measures(transcript, client_card(doc["client"]))
    shown |= skill_rates(transcript, shipped_coder())
    repeated, detector = repeated_sentences(transcript), risk_detector()
    if repeated is not None:
        shown["repeated_sentences"] = repeated
    if detector is not None:
        turn = first_risk_question(transcript, detector)
        shown |= {"asked_risk": 0.0} if turn is None else {"asked_risk": 1.0, "first_risk_question": turn}
    return {"metrics": shown, "windows": [window.counselor_turns for window in windows(transcript)]}


def measured_with_words(doc: Mapping[str, Any], raw: str) -> dict[str, Any]:
    """As `measured`, with what word lists see, `undertakes` and `claims_human`, for tasks that ask no judge about them."""
    shown = measured(doc, raw)
    transcript = transcript_of(raw)
    if transcript is not None and transcript.failure is None:
        shown["metrics"] |= spoken_acts([turn.text for turn in transcript.counselor_turns()])
    return shown


def client_card(client: str) -> HybridClient | LedClient:
    """The client of this release with that id, or the host's private one. Raises KeyError without one."""
    return private_clients()[client] if client.startswith(PREFIX) else _clients()[client]


@cache
def risk_detector() -> RiskDetector | None:
    """The detector of questions about risk; None without the embedding model."""
    try:
        return RiskDetector(minilm())
    except MissingEmbeddingError:
        return None


@cache
def _clients() -> dict[str, HybridClient | LedClient]:
    return load_clients()
