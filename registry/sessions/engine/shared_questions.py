"""Which shared question a counselor's question is: the stock questions and those of a CBT session, by meaning."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from counsel_leaderboard.registry.embeddings.minilm import Embeds, Vectors
from counsel_leaderboard.registry.embeddings.vectors import vectors_of
from counsel_leaderboard.registry.sessions.reading.question_wordings import wording_of
from counsel_leaderboard.registry.sessions.shared_bank import cbt_bank, stock_bank

MEANT: Final = 0.71
"""From this cosine on, a question is the shared one whose paraphrase is nearest."""


@dataclass(frozen=True)
class SharedQuestion:
    """The shared question that a counselor's question is nearest to, and the cosine."""

    id: str
    cosine: float


class SharedQuestions:
    """All shared questions as vectors, computed when a card with answers is first played."""

    def __init__(self, embed: Embeds) -> None:
        self._embed = embed

    def nearest(self, text: str) -> SharedQuestion:
        """The nearest one, however far it is; the cosine is rounded so that chips agree."""
        ids, cues = self._cues
        scores = cues @ self._embed(text)
        best = int(np.argmax(scores))
        return SharedQuestion(ids[best], round(float(scores[best]), 4))

    def meant(self, text: str) -> str | None:
        """The id of the shared question that a question is by its wording or else its meaning, if it is one."""
        worded = wording_of(text)
        if worded is not None:
            return worded or None
        nearest = self.nearest(text)
        return nearest.id if nearest.cosine >= MEANT else None

    @cached_property
    def _cues(self) -> tuple[tuple[str, ...], Vectors]:
        rows = [
            (question.id, cue)
            for bank in (stock_bank(), cbt_bank())
            for question in bank.questions
            for cue in question.paraphrases
        ]
        return tuple(name for name, _ in rows), vectors_of([cue for _, cue in rows], self._embed)
