"""Clients, and a stage whose embedding needs no model: what tests of whole sessions share."""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np

from counsel_leaderboard.registry.embeddings.minilm import Vectors
from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.client_files import read_client
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.registry.sessions.shared_bank import CLIENTS
from counsel_leaderboard.registry.sessions.words import words

GOOD_TURNS = (
    "It sounds like the nights are long and you get short with people. What are your nights like?",
    "You lie awake until Jelena's alarm. How do you get short with people?",
    "Mila leaves the room when you come in. Tell me about your daughter.",
    "Your daughter plays the cello, and it pains you when Mila leaves the room. What happened between you and Mila?",
    "You stood outside the hall and heard the cello. What is your work?",
    "It sounds as if the warehouse is hard to speak of. What happened at work?",
    "You were sent home six weeks ago. What does Jelena know about this?",
)


class WordEmbedding:
    """Texts that share words are near: a stand-in for the embedding model, the same on every machine."""

    name = "shared words"

    def __call__(self, text: str) -> Vectors:
        vector = np.full(512, 1e-3, dtype=np.float32)
        for word in words(text):
            vector[zlib.crc32(word.encode()) % 512] += 1
        normalized: Vectors = vector / np.linalg.norm(vector)
        return normalized


@cache
def stage() -> Stage:
    """A stage with the stand-in embedding."""
    return Stage(WordEmbedding())


@cache
def hybrid() -> HybridClient:
    """The example of a client for free sessions."""
    card = read_client(CLIENTS / "hybrid" / "client-dragan.yaml")
    assert isinstance(card, HybridClient)
    return card


@cache
def led() -> LedClient:
    """The example of a client-led side."""
    card = read_client(CLIENTS / "client-led" / "ctrs-yewande.yaml")
    assert isinstance(card, LedClient)
    return card
