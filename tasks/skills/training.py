"""Training the coder: logistic regression a label with scikit-learn, calibrated and given thresholds on folds by case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from counsel_leaderboard.registry.skills.linear_model import Floats, LinearModel, Vocabulary

LEAST_ROWS = 2
INVERSE_PENALTY = 12.0
FOLDS = 5
SEED = 20261
THRESHOLDS = np.round(np.arange(0.20, 0.66, 0.05), 2)


@dataclass(frozen=True)
class TrainingRows:
    """Rows to learn from: the features of each, which labels it has (rows, labels), and its case, which stays in one fold."""

    rows: Sequence[Sequence[str]]
    labels: tuple[str, ...]
    given: NDArray[np.bool_]
    cases: Sequence[str]

    def part(self, chosen: NDArray[np.bool_]) -> TrainingRows:
        """The chosen rows."""
        numbers = np.flatnonzero(chosen).tolist()
        return TrainingRows([self.rows[n] for n in numbers], self.labels, self.given[numbers], [self.cases[n] for n in numbers])


def folds(cases: Sequence[str], count: int = FOLDS) -> NDArray[np.intp]:
    """The fold of each row, 0 to count - 1; a case is in one fold, and its fold depends on the list of cases alone."""
    names = sorted(set(cases))
    order = np.random.default_rng(SEED).permutation(len(names))
    number = {name: int(rank) % count for name, rank in zip(names, order, strict=True)}
    return np.array([number[case] for case in cases], dtype=np.intp)


def plain_model(data: TrainingRows, inverse_penalty: float = INVERSE_PENALTY) -> LinearModel:
    """A model whose scores are not calibrated: slope 1, offset 0, threshold one half."""
    vocabulary = Vocabulary.of(data.rows, LEAST_ROWS)
    matrix = vocabulary.matrix(data.rows)
    count = len(data.labels)
    weights, bias = np.zeros((len(vocabulary.names), count)), np.zeros(count)
    for number in range(count):
        wanted = data.given[:, number]
        if not wanted.any():
            bias[number] = -10  # a label that no row has is never given
            continue
        fitted = LogisticRegression(C=inverse_penalty, solver="liblinear", random_state=SEED).fit(matrix, wanted)
        weights[:, number], bias[number] = fitted.coef_[0], fitted.intercept_[0]
    return LinearModel(
        data.labels, vocabulary, weights, bias, np.ones(count), np.zeros(count), np.full(count, 0.5), data.given.mean(0)
    )


def out_of_fold(data: TrainingRows, count: int = FOLDS) -> Floats:
    """Uncalibrated scores (rows, labels) of each row by a model that saw no row of its case."""
    fold = folds(data.cases, count)
    scores = np.zeros(data.given.shape)
    for number in range(count):
        held = fold == number
        part = data.part(held)
        probability = plain_model(data.part(~held)).probabilities(part.rows)
        scores[held] = np.log(probability) - np.log1p(-probability)
    return scores


def calibrated_model(data: TrainingRows, scores: Floats | None = None) -> LinearModel:
    """A model of all rows; its calibration (Platt 1999) and thresholds come from `scores`, by default `out_of_fold`."""
    held_out = out_of_fold(data) if scores is None else scores
    model = plain_model(data)
    lines = [calibration(held_out[:, n], data.given[:, n]) for n in range(len(data.labels))]
    slope, offset = np.array([line[0] for line in lines]), np.array([line[1] for line in lines])
    probability = 1 / (1 + np.exp(-(held_out * slope + offset)))
    threshold = np.array([best_threshold(probability[:, n], data.given[:, n]) for n in range(len(data.labels))])
    return replace(model, slope=slope, offset=offset, threshold=threshold)


def calibration(scores: Floats, given: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of the logistic line through held-out scores; 1 and 0 where a label never or always holds."""
    if given.all() or not given.any():
        return 1.0, 0.0
    fitted = LogisticRegression(C=100.0, solver="lbfgs").fit(scores.reshape(-1, 1), given)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def best_threshold(probability: Floats, given: NDArray[np.bool_]) -> float:
    """The threshold with the highest F1 on held-out rows, the highest of equals."""

    def score(threshold: float) -> tuple[float, float]:
        picked = probability >= threshold
        return 2 * float((picked & given).sum()) / max(float(picked.sum() + given.sum()), 1.0), threshold

    return max(map(score, map(float, THRESHOLDS)))[1]
