"""What is needed to play clients, loaded once: the embedding model, the reader of counselor turns, and the script of each
client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from counsel_leaderboard.registry.embeddings.minilm import Embeds, Vectors, minilm
from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.engine.hybrid_engine import HybridEngine
from counsel_leaderboard.registry.sessions.engine.led_engine import LedEngine
from counsel_leaderboard.registry.sessions.engine.script_index import ScriptIndex
from counsel_leaderboard.registry.sessions.engine.session_state import ClientMove, SessionState
from counsel_leaderboard.registry.sessions.engine.shared_questions import SharedQuestions
from counsel_leaderboard.registry.sessions.reading.acts_by_rule import RuleReader
from counsel_leaderboard.registry.sessions.reading.counselor_acts import ReadsActs
from counsel_leaderboard.registry.sessions.reading.risk_questions import RiskDetector

MOST_REMEMBERED = 50_000


class PlaysClient(Protocol):
    """One client's side of one session."""

    state: SessionState

    def opening(self) -> ClientMove:
        """The client's first words."""
        ...

    def answer(self, text: str) -> ClientMove:
        """The client's answer to a counselor's turn."""
        ...


class RememberedEmbedding:
    """An embedding model that computes a text once, as long as memory for it lasts (75 MB)."""

    def __init__(self, embed: Embeds) -> None:
        self._embed, self._known, self.name = embed, dict[str, Vectors](), embed.name

    def __call__(self, text: str) -> Vectors:
        """The vector of a text."""
        vector = self._known.get(text)
        if vector is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            vector = self._known[text] = self._embed(text)
        return vector


class Stage:
    """Makes engines. Raises MissingEmbeddingError where the model is not installed and no other is given."""

    def __init__(self, embed: Embeds | None = None, reader: Callable[[RiskDetector], ReadsActs] = RuleReader) -> None:
        self.embed = RememberedEmbedding(embed or minilm())
        self.read = reader(RiskDetector(self.embed))
        self._shared = SharedQuestions(self.embed)
        self._indexes = dict[str, ScriptIndex]()

    def engine(self, card: HybridClient | LedClient) -> PlaysClient:
        """A new session with a client."""
        if isinstance(card, LedClient):
            return LedEngine(card, self.read, self.embed, self._shared)
        return HybridEngine(card, self.index(card), self.read)

    def index(self, card: HybridClient) -> ScriptIndex:
        """A client's script as vectors."""
        if card.id not in self._indexes:
            self._indexes[card.id] = ScriptIndex(card, self.embed)
        return self._indexes[card.id]
