"""The curated topics of `groups.yaml`: which group each belongs to, and the vectors that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import numpy as np
from pydantic import Field

from counsel_leaderboard.registry.bank_checks.rows import REMARK_GROUPS
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded
from counsel_leaderboard.registry.embeddings.minilm import Embeds, Vectors

FILE: Final = Path(__file__).with_name("groups.yaml")
GROUPS: Final[tuple[str, ...]] = REMARK_GROUPS
"""The 8 groups of the published study, and `other` at the end."""
OTHER: Final = "other"

Cosine = Annotated[float, Field(ge=0, le=1)]


class TopicGroup(Closed):
    """A group: what it means, and its topics, each with phrases that stand for it."""

    meaning: str
    topics: dict[str, Annotated[tuple[str, ...], Field(min_length=2)]] = Field(min_length=1)


class GroupMap(Closed):
    """The whole map. `abstain`, `nearest` and `curated` are cosines; the file says what each decides."""

    version: str
    abstain: Cosine
    nearest: Cosine
    curated: Cosine
    groups: dict[str, TopicGroup]

    @property
    def topics(self) -> dict[str, str]:
        """The group of each curated topic, in the order of the file."""
        return {topic: name for name, group in self.groups.items() for topic in group.topics}

    def vectors(self, embed: Embeds) -> Vectors:
        """A vector of length 1 for each curated topic, the mean of its phrases: shape (topics, d)."""
        means = [
            np.mean([embed(phrase) for phrase in phrases], axis=0)
            for group in self.groups.values()
            for phrases in group.topics.values()
        ]
        return unit(np.stack(means))


@cache
def group_map() -> GroupMap:
    """The map of this installation. Raises pydantic.ValidationError where the file was broken by hand."""
    return GroupMap.model_validate(load_bounded(FILE.read_text("utf-8")))


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def nearest_topic(vectors: Vectors, topics: Vectors, abstain: float) -> tuple[np.ndarray, np.ndarray]:
    """For each vector the index of the topic with the highest cosine, -1 below `abstain`, and that cosine; both (n,).

    This is how BERTopic assigns with a model that began from given topics.
    """
    if not len(vectors):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    cosines = unit(vectors) @ unit(topics).T
    best = cosines.argmax(axis=1)
    highest = cosines[np.arange(len(vectors)), best]
    return np.where(highest >= abstain, best, -1), highest


def groups_of(vectors: Vectors, topics: Vectors, groups: Sequence[str], abstain: float) -> np.ndarray:
    """The group of each vector, `other` where it is near no topic: shape (n,), text."""
    best, _ = nearest_topic(vectors, topics, abstain)
    return np.asarray(np.array([*groups, OTHER])[best])
