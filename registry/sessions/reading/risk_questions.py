"""Recognizes a question about the client's own suicide or self-harm, also an indirect or a negative one.

A logistic regression over sentence embeddings, fitted to `risk_phrasings.yaml` whenever a process first needs it: there are no
weights to keep in step, and the same phrasings give the same detector. (Words and parts of words alone caught 134 of 161 with
40 false alarms of 203 near-sounding questions; embeddings 152 with 12; both together no better.) It reads single sentences
and pairs, since a question often leans on the sentence before: "You want it to be over. Is that a thought of dying?"
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import ValidationError

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.embeddings.minilm import Embeds, Vectors
from counsel_leaderboard.registry.embeddings.vectors import vectors_of
from counsel_leaderboard.registry.sessions.client_card import RiskKey
from counsel_leaderboard.registry.sessions.shared_bank import first_fault, read_yaml

PHRASINGS: Final = Path(__file__).parent / "risk_phrasings.yaml"
THRESHOLD: Final = 0.45
FOLDS: Final = 5
_ASKS: Final = re.compile(
    r"\?|^\W*(?:tell me|i(?:'m| am)? ?wonder|i(?:'d like| want| need| have)? to (?:ask|check|understand|know))"
    r"|\bi want to ask\b|\bi have to ask\b",
    re.IGNORECASE,
)
_KEYS: Final[tuple[tuple[RiskKey, re.Pattern[str]], ...]] = (
    ("stops", re.compile(r"\b(?:stop|stops|stopped|keeps? you|kept you|holds? you|reason to (?:stay|live))\b", re.IGNORECASE)),
    ("tonight", re.compile(r"\b(?:tonight|right now|today|this evening|until tomorrow|safe)\b", re.IGNORECASE)),
    (
        "strength",
        re.compile(
            r"\b(?:how strong|how often|how likely|scale|from (?:one|1|0)|how close|stronger|intent|intend)\b", re.IGNORECASE
        ),
    ),
    (
        "past",
        re.compile(r"\b(?:attempt\w*|tried|before|ever (?:hurt|tried|acted)|in the past|last (?:time|hurt))\b", re.IGNORECASE),
    ),
    ("who knows", re.compile(r"\b(?:who knows|told|anyone know|anybody know|does .* know)\b", re.IGNORECASE)),
    (
        "plan",
        re.compile(
            r"\b(?:plan\w*|how (?:you )?would|prepar\w+|access|decided when|letter|use to|going to do|do something)\b",
            re.IGNORECASE,
        ),
    ),
)

_HELPED: Final = re.compile(
    r"\b(?:help(?:s|ed|ful|ing)?|cop(?:e|ed|ing)|eas(?:e|ed|ier)|better|lean(?:ed|t)?|support(?:s|ed)?|comfort\w*"
    r"|(?:got|get|gets|carried) (?:you|yourself) through)\b",
    re.IGNORECASE,
)


class RiskPhrasings(Closed):
    """The phrasings by what they are."""

    asks: tuple[str, ...]
    near: tuple[str, ...]


@dataclass(frozen=True)
class DetectorFigures:
    """How the detector does on phrasings that it was not fitted to: counts over all folds."""

    asks: int
    caught: int
    near: int
    false_alarms: int

    def line(self) -> str:
        """The figures in a sentence."""
        return (
            f"risk questions caught {self.caught} of {self.asks}, false alarms {self.false_alarms} of {self.near} "
            f"near-sounding questions ({FOLDS} folds, each phrasing by a detector that did not see it)"
        )


def read_phrasings(path: Path = PHRASINGS) -> RiskPhrasings:
    """The phrasings of a file. Raises DataError."""
    try:
        return RiskPhrasings.model_validate(read_yaml(path))
    except ValidationError as error:
        raise DataError(f"{path} holds no phrasings: {first_fault(error)}.") from error


class RiskDetector:
    """The detector of one embedding model."""

    def __init__(self, embed: Embeds) -> None:
        texts, labels = _rows(read_phrasings())
        self._embed = embed
        model = _fitted(vectors_of(texts, embed), labels)
        self._weights, self._intercept = model.coef_[0], float(model.intercept_[0])
        # A session's sentences are read for several acts and measures, and an embedding takes milliseconds.
        self._probability = lru_cache(maxsize=4096)(self._computed)

    def sentences(self, parts: Sequence[str]) -> tuple[str, ...]:
        """Those sentences of a turn that ask about the client's own suicide or self-harm, alone or with the sentence before."""
        return tuple(
            part
            for index, part in enumerate(parts)
            if _ASKS.search(part) and self._asks(part, parts[index - 1] if index else "")
        )

    def _asks(self, part: str, before: str) -> bool:
        alone = self._probability(part)
        # A pair has to be plainer: the sentence before may speak of death without the question asking about it.
        return alone >= THRESHOLD or (bool(before) and alone >= 0.25 and self._probability(f"{before} {part}") >= 0.7)

    def _computed(self, text: str) -> float:
        return 1 / (1 + math.exp(-(float(self._weights @ self._embed(text)) + self._intercept)))


def risk_key(text: str) -> RiskKey | None:
    """What a later question about risk asks for; None if it asks for the thoughts themselves."""
    return next((key for key, pattern in _KEYS if pattern.search(text)), None)


def follow_up_key(text: str) -> RiskKey | None:
    """As `risk_key`, for a question that names no risk: what helped in the past asks for no past attempt."""
    key = risk_key(text)
    return None if key == "past" and _HELPED.search(text) else key


def held_out_figures(embed: Embeds, phrasings: RiskPhrasings | None = None) -> DetectorFigures:
    """Figures by cross-validation over the phrasings, split by their order: a fixed split without chance."""
    given = phrasings or read_phrasings()
    texts, labels = _rows(given)
    rows = vectors_of(texts, embed)
    fold = np.array([index % FOLDS for group in (given.asks, given.near) for index in range(len(group))])
    guessed = np.zeros(len(texts), dtype=bool)
    for held in range(FOLDS):
        model = _fitted(rows[fold != held], labels[fold != held])
        guessed[fold == held] = model.predict_proba(rows[fold == held])[:, 1] >= THRESHOLD
    asks = labels == 1
    return DetectorFigures(int(asks.sum()), int(guessed[asks].sum()), int((~asks).sum()), int(guessed[~asks].sum()))


def _rows(phrasings: RiskPhrasings) -> tuple[list[str], Any]:
    texts = [*phrasings.asks, *phrasings.near]
    return texts, np.array([1] * len(phrasings.asks) + [0] * len(phrasings.near))


def _fitted(rows: Vectors, labels: Any) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=3, class_weight="balanced", max_iter=3000, random_state=0).fit(rows, labels)
