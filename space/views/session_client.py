"""What is known of the client of a session that was played here: the hidden facts, and the turn in which each was told."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.transcript import RECORDED_CLIENT, SessionTranscript

NO_CARD: Final = "The card of this client is not installed here, so only the facts that were told are listed."


def client(transcript: SessionTranscript) -> dict[str, Any] | None:
    """The client of the session, None for a recorded one.

    name (the id where there is no card), about (who the client is), facts (`text`, and `turn` from 1 in which it was told, None
    where it never was, in the order of the card), wording (who words the lines), note (why facts are missing).
    """
    if transcript.client == RECORDED_CLIENT:
        return None
    disclosed_in = {disclosure.fact: disclosure.turn + 1 for disclosure in reversed(transcript.disclosed)}
    card = _cards().get(transcript.client)
    wording = transcript.client_model or "the script"
    if card is None:
        facts = [{"text": name, "turn": turn} for name, turn in disclosed_in.items()]
        return {"name": transcript.client, "about": "", "facts": facts, "wording": wording, "note": NO_CARD}
    profile = card.profile
    about = f"{profile.age}, {profile.work}. {profile.presenting}"
    hidden = [fact for fact in card.facts if fact.hidden] if isinstance(card, HybridClient) else []
    facts = [{"text": fact.text, "turn": disclosed_in.get(fact.id)} for fact in hidden]
    return {"name": profile.name, "about": about, "facts": facts, "wording": wording, "note": None}


@cache
def _cards() -> dict[str, HybridClient | LedClient]:
    """The clients of this release; none where their files cannot be read, so that a session is shown all the same."""
    try:
        return load_clients()
    except DataError:
        return {}
