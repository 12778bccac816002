"""The system text shared by the tasks in which a model speaks as a counselor, and conversations that begin with it."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

from counsel_leaderboard.tasks.common.chat import Message

TEXT = Path(__file__).with_name("counselor.md")
OPENING = "(The session begins.)"
ROLES = {"client": "user", "counselor": "assistant", "therapist": "assistant"}


@functools.cache
def system_text() -> str:
    """The counselor's role as the psyllm, preference and trajectory tasks describe it to the model."""
    return TEXT.read_text(encoding="utf-8").strip()


def conversation(utterances: Iterable[tuple[str, str]]) -> list[Message]:
    """Chat turns: the system text, then the utterances, each (speaker, words).

    Many templates refuse a conversation that the assistant opens, so such a conversation begins with a neutral stage direction.
    """
    turns = [{"role": ROLES[speaker], "content": words} for speaker, words in utterances]
    opening = [{"role": "user", "content": OPENING}] if turns[0]["role"] == "assistant" else []
    return [{"role": "system", "content": system_text()}, *opening, *turns]
