"""How far a coder agrees with people, and people with one another: figures by label, kappa, alpha, calibration, AUC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from counsel_leaderboard.registry.skills.linear_model import Floats

Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class LabelFigures:
    """One label against people's: shares in [0, 1], kappa in [-1, 1]. `calibration`: mean distance between probability and
    share of right ones in ten bins, weighted by their size (expected calibration error); None without probabilities.
    """

    precision: float
    recall: float
    f1: float
    kappa: float
    prevalence: float
    calibration: float | None = None


def figures(right: Marks, predicted: Marks, probability: Floats | None = None) -> LabelFigures:
    """The figures of one label. right, predicted, probability: (rows,); a share of nothing is 0."""
    both = float((right & predicted).sum())
    precision, recall = both / max(predicted.sum(), 1), both / max(right.sum(), 1)
    f1 = 2 * both / max(right.sum() + predicted.sum(), 1)
    error = None if probability is None else calibration_error(right, probability)
    return LabelFigures(float(precision), float(recall), float(f1), kappa(right, predicted), float(right.mean()), error)


def kappa(first: NDArray[np.generic], second: NDArray[np.generic]) -> float:
    """Cohen's kappa of two codings (rows,); 1 where both give one label only, the same. Source: Cohen 1960."""
    names = np.union1d(first, second)
    agreed = float((first == second).mean())
    chance = float(sum((first == name).mean() * (second == name).mean() for name in names))
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)


def alpha(units: Sequence[Sequence[object]]) -> float:
    """Krippendorff's alpha for names: units of two and more codings each. Source: Krippendorff 2011."""
    names = sorted({str(value) for unit in units for value in unit})
    counts = np.array([[sum(str(value) == name for value in unit) for name in names] for unit in units if len(unit) > 1])
    size = counts.sum(1)
    observed = float(((size**2 - (counts**2).sum(1)) / (size - 1)).sum() / size.sum())
    total = counts.sum(0)
    expected = float((total.sum() ** 2 - (total**2).sum()) / (total.sum() * (total.sum() - 1)))
    return 1.0 if expected == 0 else 1 - observed / expected


def calibration_error(right: Marks, probability: Floats, bins: int = 10) -> float:
    """Expected calibration error of a label's probabilities, in [0, 1]."""
    number = np.minimum((probability * bins).astype(int), bins - 1)
    size = np.bincount(number, minlength=bins)
    gap = np.abs(np.bincount(number, right, bins) - np.bincount(number, probability, bins))
    return float(gap.sum() / size.sum())


def auc(positive: Floats, negative: Floats) -> float:
    """The chance that a positive case has the higher value than a negative one, ties as half."""
    difference = np.subtract.outer(positive, negative)
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


def auc_interval(positive: Floats, negative: Floats, resamples: int = 2000, seed: int = 20261) -> tuple[float, float]:
    """The 95% interval of `auc` when both groups are drawn anew."""
    random = np.random.default_rng(seed)
    drawn = [auc(random.choice(positive, len(positive)), random.choice(negative, len(negative))) for _ in range(resamples)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)
