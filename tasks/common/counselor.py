"""The one system text of the tasks in which a model speaks as a counselor, and conversations that begin with it."""

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
    """What psyllm, preference and trajectory tell the model that it is."""
    return TEXT.read_text(encoding="utf-8").strip()


def conversation(said: Iterable[tuple[str, str]]) -> list[Message]:
    """System text and what was said, (speaker, words) in turn, as chat turns.

    Many templates refuse a conversation that the assistant opens, so such a one begins with a neutral stage direction.
    """
    turns = [{"role": ROLES[speaker], "content": words} for speaker, words in said]
    opening = [{"role": "user", "content": OPENING}] if turns[0]["role"] == "assistant" else []
    return [{"role": "system", "content": system_text()}, *opening, *turns]
