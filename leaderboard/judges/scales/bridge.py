"""Maps a new judge's scale to an old one's: one affine map per task, fitted on anchors that both scored, with its error.

A map is for a model's mean score, so it is fitted on means: one point per kind of answer (the bank's reply, half of it, another
client's, ...). Its error has two parts. Other documents could have been drawn: a jackknife over documents gives the covariance
of intercept and slope. And a model is not one of the anchors' kinds: each kind is predicted by a map fitted on the others, and
the root mean square of the residuals is the error to expect for something that was not among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from counsel_leaderboard.leaderboard.judges.scales.anchors import AnchorScores, ScaleError
from counsel_leaderboard.leaderboard.statistics.proportions import t_quantile
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats

LEAST_R2 = 0.5
FEWEST_KINDS = 4
FEWEST_DOCUMENTS = 5


@dataclass(frozen=True)
class Mapping:
    """old = intercept + slope * new, in the units of the task's headline.

    `covariance` of (intercept, slope) comes from the documents; `kind_error` is the root mean square error on a kind left out
    of the fit; `foreknown` (its name in stored bridges) is the held-out R2: 1 less the share of the kinds' variance that this
    error leaves (1: exact, below 0: worse than their mean). `fault` says why the map may not be used, None where it may.
    """

    task: str
    intercept: float | None
    slope: float | None
    covariance: tuple[tuple[float, float], tuple[float, float]]
    kind_error: float | None
    foreknown: float | None
    n_kinds: int
    n_documents: int
    n_anchors: int
    n_lost: int
    fault: str | None

    def apply(self, value: float, low: float | None = None, high: float | None = None) -> tuple[float, float, float]:
        """A new judge's mean score and its 95% limits on the old scale, the map's own error in the limits.

        The two add as squares; for the map's, Student's t on the number of kinds minus two. Without limits, the map's alone.
        Raises ScaleError where the map may not be used.
        """
        if self.fault or self.intercept is None or self.slope is None:
            raise ScaleError(f"{self.task}: there is no bridge: {self.fault}. The new judge has a column of its own.")
        mapped = self.intercept + self.slope * value
        own = float(t_quantile(self.n_kinds - 2)) * self.error(value)
        below = abs(self.slope) * (value - low) if low is not None else 0.0
        above = abs(self.slope) * (high - value) if high is not None else 0.0
        return mapped, mapped - float(np.hypot(below, own)), mapped + float(np.hypot(above, own))

    def error(self, value: float) -> float:
        """The standard error of the map at a new judge's mean score."""
        at = np.array([1.0, value])
        return float(np.sqrt(at @ np.array(self.covariance) @ at + (self.kind_error or 0.0) ** 2))


def mappings(old: AnchorScores, new: AnchorScores) -> list[Mapping]:
    """One map per task. Raises ScaleError for two sets, or the same judge twice."""
    if old.set != new.set:
        raise ScaleError(f"{old.judge.name} scored the anchors {old.set}, {new.judge.name} {new.set}: a bridge needs one set.")
    if old.judge.id == new.judge.id:
        raise ScaleError(f"{old.judge.name} is the same judge twice; a bridge is between two.")
    both = old.values.join(new.values.select("id", new="value"), on="id")
    return [_mapping(str(task), part) for (task,), part in sorted(both.partition_by("task", as_dict=True).items())]


def _mapping(task: str, part: pl.DataFrame) -> Mapping:
    shared = part.filter(pl.col("value").is_not_null() & pl.col("new").is_not_null())
    old, new = (_table(shared, name) for name in ("value", "new"))
    x, y = _means(new), _means(old)
    fault = _too_little(shared) or _flat(x)
    counts = {"n_kinds": len(x), "n_documents": shared["cluster"].n_unique(), "n_anchors": shared.height}
    n_unscored = part.height - shared.height
    if fault:
        return Mapping(task, None, None, ((0, 0), (0, 0)), None, None, **counts, n_lost=n_unscored, fault=fault)
    intercept, slope = affine(x, y)
    squared_errors, spread = np.square(_left_out(x, y)), float(np.square(y - y.mean()).sum())
    held_out_r2 = 1 - float(squared_errors.sum()) / spread if spread > 0 else -np.inf
    (first, between), (_, second) = _jackknife(new, old).tolist()
    poor_fit = _poor_fit(slope, held_out_r2)
    finite = bool(np.isfinite(held_out_r2))
    return Mapping(
        task, intercept, slope, ((first, between), (between, second)),
        float(np.sqrt(squared_errors.mean())) if finite else None, held_out_r2 if finite else None, **counts,
        n_lost=n_unscored, fault=poor_fit,
    )  # fmt: skip


def affine(x: Floats, y: Floats) -> tuple[float, float]:
    """Intercept and slope of least squares; x may not be constant."""
    away = x - x.mean()
    slope = float(away @ (y - y.mean()) / (away @ away))
    return float(y.mean() - slope * x.mean()), slope


def _left_out(x: Floats, y: Floats) -> Floats:
    """The error of each point from the line through the others; infinite where the others are all equal."""
    errors = np.full(len(x), np.inf)
    for index in range(len(x)):
        rest = np.arange(len(x)) != index
        if np.ptp(x[rest]) > 0:
            intercept, slope = affine(x[rest], y[rest])
            errors[index] = y[index] - intercept - slope * x[index]
    return errors


def _jackknife(new: Floats, old: Floats) -> Floats:
    """Covariance of intercept and slope over documents: (n-1)/n times the sum of squares of the n fits without one."""
    count = new.shape[1]
    subsets = [np.arange(count) != index for index in range(count)]
    fits = np.array([affine(_means(new[:, rest]), _means(old[:, rest])) for rest in subsets])
    away = fits - fits.mean(axis=0)
    return np.asarray((count - 1) / count * away.T @ away, dtype=np.float64)


def _table(shared: pl.DataFrame, column: str) -> Floats:
    """Kinds x documents, NaN where an answer has no score."""
    wide = shared.sort("kind", "cluster").pivot(on="cluster", index="kind", values=column)
    return wide.drop("kind").cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _means(table: Floats) -> Floats:
    return np.asarray(np.nanmean(table, axis=1), dtype=np.float64) if table.size else np.empty(0)


def _too_little(shared: pl.DataFrame) -> str | None:
    kinds, documents = shared["kind"].n_unique(), shared["cluster"].n_unique()
    fewest = shared.group_by("kind").agg(pl.col("cluster").n_unique())["cluster"].min()
    if kinds < FEWEST_KINDS or documents < FEWEST_DOCUMENTS or not isinstance(fewest, int) or fewest < FEWEST_DOCUMENTS:
        return f"too few anchors scored by both: {kinds} kinds over {documents} documents"
    return None


def _flat(x: Floats) -> str | None:
    return "the new judge gives every kind of answer the same score" if np.ptp(x) < 1e-9 else None


def _poor_fit(slope: float, held_out_r2: float) -> str | None:
    if slope <= 0:
        return "the two judges order the kinds of answers the other way round"
    if held_out_r2 < LEAST_R2:
        return f"held-out R2 is {held_out_r2:.2f}, at least {LEAST_R2:.2f} required"
    return None
