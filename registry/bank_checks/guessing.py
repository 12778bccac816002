"""Can the flawed reply be told from the good one without understanding either?

Two learners see surface features only: logistic regression, and naive Bayes, which finds other cues where texts are few. Each
is tried on texts one by one and on pairs; the pairs are the stronger test, because whoever ranks two replies sees both and can
compare them. Both members of a pair are always in one fold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.naive_bayes import MultinomialNB
from sklearn.preprocessing import StandardScaler

Features = Literal["length", "punctuation", "words", "word pairs", "characters"]
Learner = Literal["logistic", "bayes"]
Vector = NDArray[np.float64]
ATTACKS: tuple[tuple[Features, Learner], ...] = (
    ("length", "logistic"),
    ("punctuation", "logistic"),
    ("words", "logistic"),
    ("words", "bayes"),
    ("word pairs", "logistic"),
    ("word pairs", "bayes"),
    ("characters", "logistic"),
    ("characters", "bayes"),
)
"""What is tried. Naive Bayes needs counts, so length and punctuation are left to the regression."""
MARKS = ",.?!;:-–—'’\"“”()…/"
FOLDS, SEEDS = 10, 3
SOLVER = "liblinear"  # needs no threaded linear algebra, which on small matrices waits more than it works
GRAMS: dict[Features, dict[str, Any]] = {
    "words": {},
    "word pairs": {"ngram_range": (1, 2)},
    "characters": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}


@dataclass(frozen=True)
class Guess:
    """How often the guess was right, in [0, 1], and the upper end of its 95% Wilson interval over pairs."""

    features: Features
    learner: Learner
    of: Literal["text", "pair"]
    accuracy: float
    upper: float

    def __str__(self) -> str:
        return f"{self.of} by {self.features}, {self.learner}: accuracy {self.accuracy:.3f}, 95% upper bound {self.upper:.3f}"


def guesses(pairs: Sequence[tuple[str, str]], features: Features, learner: Learner) -> tuple[Guess, Guess]:
    """Cross-validated guesses of the flawed reply: of a single text, and of a pair.

    pairs: (reference, flawed). Ten folds over pairs, means over three seeded shuffles. Vocabulary and scaling come from all
    texts, which are counted without their labels; the learners see the training folds only. A guess without preference counts
    half. The bound takes the pairs as independent, not the texts.
    """
    good, bad = _features(pairs, features, learner)
    scores = np.mean([_shuffled_folds(good, bad, learner, seed) for seed in range(SEEDS)], axis=0)
    text, pair = (float(score) for score in scores)
    return (
        Guess(features, learner, "text", text, wilson_upper(text, len(pairs))),
        Guess(features, learner, "pair", pair, wilson_upper(pair, len(pairs))),
    )


def wilson_upper(share: float, n: int, z: float = 1.959964) -> float:
    """Upper end of the Wilson score interval of a share seen in n trials."""
    centre = share + z * z / (2 * n)
    return float((centre + z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))) / (1 + z * z / n))


def _shuffled_folds(good: Any, bad: Any, learner: Learner, seed: int) -> tuple[float, float]:
    of_text, of_pair = [], []
    for train, test in KFold(FOLDS, shuffle=True, random_state=seed).split(good):
        single, both = LEARNERS[learner](good[train], bad[train])
        of_text += [*_half(-single(good[test])), *_half(single(bad[test]))]
        of_pair += [*_half(both(bad[test] - good[test]))]
    return float(np.mean(of_text)), float(np.mean(of_pair))


Score = Callable[[Any], Vector]
"""Rows of features (scipy sparse) -> one number a row, above zero where the row looks flawed."""


def _logistic(good: Any, bad: Any) -> tuple[Score, Score]:
    """Scores of a text, and of a difference of two texts."""
    labels = np.repeat([1, 0], good.shape[0])
    single = LogisticRegression(solver=SOLVER).fit(sparse.vstack([bad, good]), labels)
    both = LogisticRegression(solver=SOLVER, fit_intercept=False).fit(sparse.vstack([bad - good, good - bad]), labels)
    return single.decision_function, both.decision_function


def _bayes(good: Any, bad: Any) -> tuple[Score, Score]:
    """Log odds of a text; of a pair, the difference of both, in which all that they share falls away."""
    model = MultinomialNB().fit(sparse.vstack([bad, good]), np.repeat([1, 0], good.shape[0]))
    weights = model.feature_log_prob_[1] - model.feature_log_prob_[0]
    return (lambda rows: np.asarray(rows @ weights)), (lambda rows: np.asarray(rows @ weights))


LEARNERS: dict[Learner, Callable[[Any, Any], tuple[Score, Score]]] = {"logistic": _logistic, "bayes": _bayes}


def _half(margins: Vector) -> Vector:
    return np.asarray((np.sign(np.round(margins, 9)) + 1) / 2)


def _features(pairs: Sequence[tuple[str, str]], features: Features, learner: Learner) -> tuple[Any, Any]:
    """Features of the good and of the flawed texts, a row a pair. Nothing here knows which is which."""
    both = [pair[side] for side in (0, 1) for pair in pairs]
    if features in GRAMS:
        rows = _counter(features, learner).fit_transform(both).astype(float)
    else:
        surface = np.array([_surface(text, features) for text in both], dtype=float)
        rows = sparse.csr_matrix(StandardScaler().fit_transform(surface))
    return rows[: len(pairs)], rows[len(pairs) :]


def _counter(features: Features, learner: Learner) -> CountVectorizer:
    """Counts for naive Bayes and for the plain bag of words; else weighted by rarity, so that long texts of n-grams compare."""
    if learner == "bayes" or features == "words":
        return CountVectorizer(min_df=2, binary=learner == "logistic", **GRAMS[features])
    return TfidfVectorizer(min_df=2, sublinear_tf=True, **GRAMS[features])


def _surface(text: str, features: Features) -> list[float]:
    if features == "punctuation":
        return [text.count(mark) for mark in MARKS]
    words = text.split()
    return [len(text), len(words), len(re.findall(r"[.!?]+", text)), sum(map(len, words)) / len(words)]
