"""All rules for clients: `counsel sessions lint`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from counsel_leaderboard.registry.embeddings.minilm import Embeds
from counsel_leaderboard.registry.embeddings.vectors import vectors_of
from counsel_leaderboard.registry.sessions.checks.lint_play import bank_faults, play_faults, reach_faults, retrieval_faults
from counsel_leaderboard.registry.sessions.checks.lint_texts import shared_texts, text_faults
from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.engine.playing import Stage


@dataclass(frozen=True)
class NearestClient:
    """The client whose lines are nearest to a client's, and the cosine distance of their mean vectors, 0 to 2."""

    client: str
    nearest: str
    distance: float


def lint(stage: Stage, card: HybridClient | LedClient) -> list[str]:
    """What of one client breaks a rule, each with where it stands; empty if nothing does."""
    faults = text_faults(card)
    if isinstance(card, LedClient):
        return faults
    index = stage.index(card)
    unreachable = reach_faults(index)
    faults += unreachable + retrieval_faults(card, index)
    # A script with a loop is not played: what it says would be about the loop alone.
    return faults if unreachable else faults + play_faults(stage, card)


def lint_together(cards: Mapping[str, HybridClient | LedClient], embed: Embeds) -> list[str]:
    """What clients share and should not, and faults of the stock questions that they share."""
    return shared_texts(cards.values()) + bank_faults(embed)


def shared_with(cards: Mapping[str, HybridClient | LedClient], others: Mapping[str, HybridClient | LedClient]) -> list[str]:
    """What clients share with each other or with others, and should not."""
    every = shared_texts([*cards.values(), *others.values()])
    return [fault for fault in every if set(fault.partition(":")[0].split(", ")) & cards.keys()]


def distances(cards: Sequence[HybridClient | LedClient], embed: Embeds) -> list[NearestClient]:
    """For each client its nearest other one, the nearest pairs first."""
    if len(cards) < 2:
        return []
    means = np.stack([_mean(card, embed) for card in cards])
    away = 1 - means @ means.T
    np.fill_diagonal(away, np.inf)
    rows = [
        NearestClient(card.id, cards[int(near)].id, round(float(away[row, near]), 3))
        for row, (card, near) in enumerate(zip(cards, away.argmin(axis=1), strict=True))
    ]
    return sorted(rows, key=lambda row: (row.distance, row.client))


def _mean(card: HybridClient | LedClient, embed: Embeds) -> np.ndarray:
    texts = [line.text for line in card.lines] if isinstance(card, HybridClient) else [turn.text for turn in card.turns]
    mean = vectors_of(texts, embed).mean(axis=0)
    normalized: np.ndarray = mean / np.linalg.norm(mean)
    return normalized
