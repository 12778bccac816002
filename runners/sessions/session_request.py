"""The request that holds a session: a chat request whose last message is JSON with the client and the number of turns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.shared_bank import first_fault

MOST_TURNS: Final = 40
TURN_TOKENS: Final = 512
"""What a counselor's turn may have where the request does not say."""
LARGEST: Final = 2**63 - 1
"""The largest number that servers read, as a seed may be."""
_PASSED_ON: Final = ("temperature", "top_p", "seed", "max_tokens", "max_completion_tokens")


class SessionRequestError(CounselError):
    """A request that holds no session; the message says what is missing."""


class SessionOrder(Closed):
    """The JSON in the last message."""

    session: Annotated[str, Field(min_length=1, max_length=200)]
    """Unique within the bank; repeats of one client differ in it."""
    client: Annotated[str, Field(max_length=200)]
    turns: Annotated[int, Field(ge=1, le=MOST_TURNS)]
    merge_system: bool = False
    """Whether the system text stands at the start of the client's first turn, for chat templates without that role."""


@dataclass(frozen=True)
class SessionRequest:
    """A session to be played. `generation` are the fields of the request that the candidate gets with every turn."""

    order: SessionOrder
    card: HybridClient | LedClient
    system: str
    generation: Mapping[str, Any]

    @property
    def turn_tokens(self) -> int:
        """The most tokens of one turn."""
        asked = self.generation.get("max_tokens", self.generation.get("max_completion_tokens"))
        return asked if type(asked) is int and asked > 0 else TURN_TOKENS

    def key(self, candidate: str, client_model: str | None, method: str) -> str:
        """A name for the session's stored turns: whatever changes what is said changes it."""
        parts = (
            candidate, str(client_model), method, self.order.model_dump_json(), self.card.model_dump_json(), self.system,
            repr(sorted(self.generation.items())),
        )  # fmt: skip
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def read_request(body: Mapping[str, Any], clients: Mapping[str, HybridClient | LedClient]) -> SessionRequest:
    """The session in a chat request. Raises SessionRequestError."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(_is_message(message) for message in messages):
        raise SessionRequestError("a session request has `messages`, each with a role and a text.")
    try:
        order = SessionOrder.model_validate_json(messages[-1]["content"])
    except ValidationError as error:
        raise SessionRequestError(
            f'the last message is no session ({first_fault(error)}). It is JSON: {{"session": ID, "client": ID, "turns": N}}.'
        ) from error
    if order.client not in clients:
        raise SessionRequestError(f"there is no client {order.client!r}; `counsel sessions lint` lists them.")
    system = "\n\n".join(message["content"] for message in messages[:-1] if message["role"] == "system")
    generation = {name: body[name] for name in _PASSED_ON if body.get(name) is not None}
    for name, value in generation.items():
        if type(value) not in (int, float) or not -LARGEST <= value <= LARGEST:
            raise SessionRequestError(f"`{name}` is no number from -{LARGEST} to {LARGEST}.")
    return SessionRequest(order, clients[order.client], system, generation)


def is_order(body: Mapping[str, Any]) -> bool:
    """Whether a chat request asks for a session: no item of a bank is JSON with exactly these fields."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not _is_message(messages[-1]):
        return False
    try:
        SessionOrder.model_validate_json(messages[-1]["content"])
    except ValidationError:
        return False
    return True


def _is_message(message: Any) -> bool:
    return isinstance(message, Mapping) and all(isinstance(message.get(name), str) for name in ("role", "content"))
