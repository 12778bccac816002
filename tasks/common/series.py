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


def correlation_beyond(x: Series, y: Series, known: Series, step: float = 0.0) -> float | None:
    """The partial correlation of x and y given `known`, in [-1, 1]: what x says of y that `known` does not.

    0 where x is constant or follows `known` in a straight line, less than `step` off it everywhere, so that nothing of its own
    is left but rounding; None where nothing of y is left.
    """
    rest_x, rest_y = remainder(x, known, step), remainder(y, known)
    if rest_y is None:
        return None
    return 0.0 if rest_x is None else pearson(rest_x, rest_y)


def remainder(values: Series, known: Series, step: float = 0.0) -> list[float] | None:
    """What is left of `values` after the straight line in `known` that fits them best; None if that is less than `step`."""
    y, x = np.asarray(values, float), np.asarray(known, float)
    slope = 0.0 if constant(known) else float(np.cov(x, y, bias=True)[0, 1] / np.var(x))
    rest = y - y.mean() - slope * (x - x.mean())
    return None if np.abs(rest).max() < max(step, 1e-9) else [float(number) for number in rest]


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
