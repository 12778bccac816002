"""Can the flawed reply be told from the good one without understanding either?

A logistic regression sees surface features only. It is tried on texts one by one and on pairs; the pairs are the stronger test,
because whoever ranks two replies sees both and can compare their lengths. Both members of a pair are always in one fold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

Features = Literal["length", "punctuation", "words"]
Matrix = NDArray[np.float64]
MARKS = ",.?!;:-–—'’\"“”()…/"
FOLDS, SEEDS = 10, 3
SOLVER = "liblinear"  # needs no threaded linear algebra, which on small matrices waits more than it works


@dataclass(frozen=True)
class Guess:
    """How often the guess was right, in [0, 1], and the upper end of its 95% Wilson interval over pairs."""

    features: Features
    of: Literal["text", "pair"]
    accuracy: float
    upper: float

    def __str__(self) -> str:
        return f"{self.of} by {self.features}: accuracy {self.accuracy:.3f}, 95% upper bound {self.upper:.3f}"


def guesses(pairs: Sequence[tuple[str, str]], features: Features) -> tuple[Guess, Guess]:
    """Cross-validated guesses of the flawed reply: of a single text, and of a pair.

    pairs: (reference, flawed). Ten folds over pairs, means over three seeded shuffles; vocabulary and scaling are fitted on the
    training folds only. A guess without any preference counts half. The bound takes the pairs as independent, not the texts.
    """
    scores = np.mean([_one_shuffle(pairs, features, seed) for seed in range(SEEDS)], axis=0)
    text, pair = (float(score) for score in scores)
    return (
        Guess(features, "text", text, wilson_upper(text, len(pairs))),
        Guess(features, "pair", pair, wilson_upper(pair, len(pairs))),
    )


def wilson_upper(share: float, n: int, z: float = 1.959964) -> float:
    """Upper end of the Wilson score interval of a share seen in n trials."""
    centre = share + z * z / (2 * n)
    return float((centre + z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))) / (1 + z * z / n))


def _one_shuffle(pairs: Sequence[tuple[str, str]], features: Features, seed: int) -> tuple[float, float]:
    of_text, of_pair = [], []
    for train, test in KFold(FOLDS, shuffle=True, random_state=seed).split(list(range(len(pairs)))):
        good, bad, good_test, bad_test = _matrices(pairs, train, test, features)
        single = LogisticRegression(solver=SOLVER).fit(np.vstack([good, bad]), np.repeat([0, 1], len(train)))
        of_text += [*_half(-single.decision_function(good_test)), *_half(single.decision_function(bad_test))]
        both = LogisticRegression(solver=SOLVER, fit_intercept=False).fit(
            np.vstack([bad - good, good - bad]), np.repeat([1, 0], len(train))
        )
        of_pair += [*_half(both.decision_function(bad_test - good_test))]
    return float(np.mean(of_text)), float(np.mean(of_pair))


def _half(margins: Matrix) -> Matrix:
    return np.asarray((np.sign(np.round(margins, 9)) + 1) / 2)


def _matrices(pairs: Sequence[tuple[str, str]], train: Any, test: Any, features: Features) -> list[Matrix]:
    sides = [[pairs[row][side] for row in rows] for rows in (train, test) for side in (0, 1)]
    if features == "words":
        counter = CountVectorizer(binary=True, min_df=2).fit(sides[0] + sides[1])
        return [counter.transform(texts).toarray().astype(float) for texts in sides]
    raw = [np.array([_surface(text, features) for text in texts], dtype=float) for texts in sides]
    scaler = StandardScaler().fit(np.vstack(raw[:2]))
    return [scaler.transform(matrix) for matrix in raw]


def _surface(text: str, features: Features) -> list[float]:
    if features == "punctuation":
        return [text.count(mark) for mark in MARKS]
    words = text.split()
    return [len(text), len(words), len(re.findall(r"[.!?]+", text)), sum(map(len, words)) / len(words)]
