"""How close one series is to another; x is the prediction, y the reference, both of the same length."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from dtaidistance import dtw as dtai

Series = Sequence[float]


def ccc(x: Series, y: Series) -> float | None:
    """Lin's concordance (Lin 1989), in [-1, 1]: 0 for a constant prediction; None if both are the same constant."""
    a, b = np.asarray(x, float), np.asarray(y, float)
    spread = a.var() + b.var() + (a.mean() - b.mean()) ** 2
    return None if spread == 0 else float(2 * ((a - a.mean()) * (b - b.mean())).mean() / spread)


def pearson(x: Series, y: Series) -> float | None:
    """Pearson's correlation, in [-1, 1]; None where either is constant."""
    if constant(x) or constant(y):
        return None
    return float(np.corrcoef(np.asarray(x, float), np.asarray(y, float))[0, 1])


def rmse(x: Series, y: Series) -> float:
    """Root mean square error, in the series' own unit."""
    return math.sqrt(math.fsum((a - b) ** 2 for a, b in zip(x, y, strict=True)) / len(x))


def dtw(x: Series, y: Series) -> float:
    """Dynamic time warping: the cheapest path of steps (1,0), (0,1), (1,1), absolute difference, per cell of that path.

    Of equally cheap paths dtaidistance's own one is taken: read from the end, a diagonal step goes before the others.
    """
    path, distance = dtai.warping_path(
        np.asarray(x, float), np.asarray(y, float), include_distance=True, inner_dist="euclidean"
    )
    return float(distance) / len(path)


def constant(x: Series) -> bool:
    """True if all values are the same."""
    return len(set(x)) <= 1
