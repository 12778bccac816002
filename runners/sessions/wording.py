"""A language model words what the script decided: it conveys the line that is due, in the client's voice, and adds no fact.

What it writes is checked. On a leak, another role's words, or nothing, the scripted line is spoken instead, and the turn says
so.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.chat.http import ChatEndpoint
from counsel_leaderboard.registry.chat.thoughts import visible
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.embeddings.minilm import Embeds
from counsel_leaderboard.registry.sessions.client_card import HybridClient
from counsel_leaderboard.registry.sessions.engine.session_state import ClientMove
from counsel_leaderboard.registry.sessions.words import plain_form, words

MOST_TOKENS: Final = 160
LONGER: Final = 15
"""How many words more than the line a wording may have."""
NEAR_ENOUGH: Final = 0.45
"""The least cosine between a wording and the line that it conveys."""
HEARD: Final = 6
"""How many turns before the client's model sees."""
_OTHER_ROLE: Final = re.compile(
    r"\b(?:as an ai|language model|an? ai\b|i'm here (?:to help|for you)|how can i (?:help|assist)|counsel(?:l)?or:"
    r"|therapist:|assistant:|client:)|[*\[][^*\[\]]+[*\]]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Worded:
    """What the client says. `refused`: why the scripted wording was taken, empty if it was not."""

    text: str
    refused: str = ""


class WordsClient(Protocol):
    """Words a client's lines."""

    model: str

    async def __call__(self, card: HybridClient, move: ClientMove, heard: Sequence[str], known: Collection[str]) -> Worded:
        """The client's words. heard: the turns before, the client first. known: ids of what was told so far."""
        ...


class ClientModel:
    """A client's model behind an endpoint, at temperature 0; its answers are stored in `cache`."""

    def __init__(self, endpoint: ChatEndpoint, model: str, embed: Embeds, cache: Path) -> None:
        self._endpoint, self.model, self._embed, self._cache = endpoint, model, embed, cache

    async def __call__(self, card: HybridClient, move: ClientMove, heard: Sequence[str], known: Collection[str]) -> Worded:
        """See WordsClient. A move that evades, ends or answers about risk keeps its scripted wording."""
        if not move.rule.startswith(("line ", "follow-up ", "stock ")):
            return Worded(move.text)
        body = _body(self.model, card, move, heard)
        try:
            text = await self._answer(body)
        except NoAnswerError as error:
            return Worded(move.text, f"no wording: {error}")
        refused = refusal(card, move, text, known, self._embed)
        return Worded(move.text, refused) if refused else Worded(text)

    async def _answer(self, body: dict[str, Any]) -> str:
        file = self._cache / f"{hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()}.txt"
        if file.exists():
            return file.read_text(encoding="utf-8")
        text = visible((await self._endpoint.ask(body)).reply) or ""
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(file, text)
        return text


def refusal(card: HybridClient, move: ClientMove, text: str, known: Collection[str], embed: Embeds) -> str:
    """Why a wording may not be spoken; empty if it may."""
    if not words(text):
        return "empty"
    if _OTHER_ROLE.search(text):
        return "another role"
    if len(words(text)) > 2 * len(words(move.text)) + LONGER:
        return "too long"
    spoken, line = f" {plain_form(text)} ", f" {plain_form(move.text)} "
    for fact in card.facts:
        if not fact.hidden or fact.id in known or fact.id in move.facts:
            continue
        for phrase in fact.gives_away:
            if f" {plain_form(phrase)} " in spoken and f" {plain_form(phrase)} " not in line:
                return f"leak of {fact.id}"
    if float(embed(text) @ embed(move.text)) < NEAR_ENOUGH:
        return "another content"
    return ""


def _body(model: str, card: HybridClient, move: ClientMove, heard: Sequence[str]) -> dict[str, Any]:
    profile, stance = card.profile, getattr(card.stance, move.stance)
    facts = {fact.id: fact.text for fact in card.facts}
    tells = "".join(f"\nThis tells: {facts[name]}" for name in move.facts)
    voice = "\n".join(f"- {sample}" for sample in card.voice)
    system = (
        f"You word what a client says to a counselor. The client: {profile.name}, {profile.age}, {profile.work}; "
        f"{profile.background}. Now: {stance}\nThe client talks like this:\n{voice}\n"
        "Say the line that is given in the client's own voice, fitting what the counselor said last. Add no other fact, "
        "ask nothing "
        "new, do not explain. Write only the client's words."
    )
    before = "\n".join(
        f"{'Client' if (len(heard) - index) % 2 == 0 else 'Counselor'}: {turn}"
        for index, turn in enumerate(heard)
        if index >= len(heard) - HEARD
    )
    asked = f"{before}\n\nThe line to convey, in at most {len(words(move.text)) + LONGER} words: {move.text}{tells}"
    messages = [{"role": "system", "content": system}, {"role": "user", "content": asked}]
    return {"model": model, "messages": messages, "temperature": 0, "max_tokens": MOST_TOKENS}
