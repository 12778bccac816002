"""A hybrid client's script as vectors: how near a counselor's words come to each line, follow-up and stock answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from counsel_leaderboard.registry.embeddings.minilm import Embeds, Vectors
from counsel_leaderboard.registry.embeddings.vectors import vectors_of
from counsel_leaderboard.registry.sessions.client_card import HybridClient, StockAnswer
from counsel_leaderboard.registry.sessions.shared_bank import stock_bank
from counsel_leaderboard.registry.sessions.words import stems


@dataclass(frozen=True)
class ScriptTarget:
    """Something that the client may say. `parent` is the line that a follow-up belongs to."""

    id: str
    kind: Literal["line", "follow-up", "stock"]
    text: str
    cues: tuple[str, ...]
    topic: str | None
    depth: int = 0
    trust: float = 0.0
    after: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    turns: tuple[int, int] = (1, 99)
    facts: tuple[str, ...] = ()
    parent: str | None = None


def targets_of(card: HybridClient) -> tuple[ScriptTarget, ...]:
    """All targets of a client: lines with their follow-ups, then the answers to stock questions."""
    trust = {fact.id: fact.trust for fact in card.facts}
    targets = list[ScriptTarget]()
    for line in card.lines:
        needs = max(line.trust, trust.get(line.fact or "", 0.0))
        facts = (line.fact,) if line.fact else ()
        targets.append(
            ScriptTarget(
                line.id, "line", line.text, line.cues, line.topic, line.depth, needs, line.after, line.until, line.turns, facts
            )
        )
        for more in line.follow_ups:
            needs = max(more.trust, trust.get(more.fact or "", 0.0))
            facts = (more.fact,) if more.fact else ()
            targets.append(
                ScriptTarget(
                    more.id, "follow-up", more.text, more.cues, line.topic, line.depth, needs, (line.id,), line.until,
                    facts=facts, parent=line.id,
                )
            )  # fmt: skip
    for question in stock_bank().questions:
        answer = card.answers[question.id]
        text, topic = (answer.text, answer.topic) if isinstance(answer, StockAnswer) else ("", None)
        targets.append(ScriptTarget(question.id, "stock", text, question.paraphrases, topic))
    return tuple(targets)


class ScriptIndex:
    """Similarities between words of a counselor and the targets of one client."""

    def __init__(self, card: HybridClient, embed: Embeds) -> None:
        self.targets = targets_of(card)
        self._embed = embed
        own = [cue for target in self.targets if target.kind != "stock" for cue in target.cues]
        shared = [cue for target in self.targets if target.kind == "stock" for cue in target.cues]
        # Apart, so that the shared part is embedded once for all clients.
        self._cues: Vectors = np.concatenate([vectors_of(own, embed), vectors_of(shared, embed)])
        counts = [len(target.cues) for target in self.targets]
        self._starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        self.words = {topic.id: frozenset().union(*(stems(word) for word in topic.words)) for topic in card.topics}

    def scores(self, texts: Sequence[str], weights: Sequence[float]) -> list[float]:
        """For each target the nearest of its cues to any of the texts, a weighted cosine; rounded so that chips agree."""
        best = np.full(len(self.targets), -1.0, dtype=np.float32)
        for text, weight in zip(texts, weights, strict=True):
            best = np.maximum(best, weight * np.maximum.reduceat(self._cues @ self._embed(text), self._starts))
        return [round(float(value), 4) for value in best]

    def nearness(self, text: str, other: str) -> float:
        """The cosine of two texts, rounded so that chips agree."""
        return round(float(self._embed(text) @ self._embed(other)), 4)
