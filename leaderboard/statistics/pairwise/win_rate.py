"""Win rates against a reference: with ties, and with the length of the replies held equal.

Length control as in protocols/preference: a fractional logit (Papke and Wooldridge, Journal of Applied Econometrics 11,
1996) of the win, both orders averaged, on the standardised log length ratio, its slope shrunk by a ridge penalty of
`RIDGE`, predicted at difference zero; the idea is that of Dubois et al., "Length-Controlled AlpacaEval" (2024).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from counsel_leaderboard.leaderboard.statistics.bootstrap import cluster_weights
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.proportions import LEVEL
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats

RIDGE = 1.0  # the weight of one observation a standard deviation away: negligible where the data determine the slope
REPLICATES = 1000
STEPS = 25


class Missing(Enum):
    """Why there is no win rate at equal length."""

    NOTHING_COMPARED = "no comparison has both a verdict and lengths"
    LENGTHS_DIFFER = "equal length lies outside the middle 90% of the log ratios"


@dataclass(frozen=True)
class LengthControlled:
    """A win rate at equal length in [0, 1] with its interval; all None where `reason` says why it is missing."""

    value: float | None
    low: float | None
    high: float | None
    n_clusters: int
    reason: Missing | None


def length_controlled(
    wins: ArrayLike, log_ratio: ArrayLike, replicates: int = REPLICATES, seed: int = 20240404, level: float = LEVEL
) -> LengthControlled:
    """The win rate at equal length.

    `wins`: per speech 1, .5 or 0, NaN where not scored; `log_ratio`: log of the reply's length over the reference's. Limits
    are the middle `level` of refits on resampled speeches. With every difference zero this is the plain win rate. Raises
    RankingError for series of different length.
    """
    y, x = np.asarray(wins, dtype=np.float64), np.asarray(log_ratio, dtype=np.float64)
    if y.shape != x.shape:
        raise RankingError(f"{y.size} wins and {x.size} length differences: there is one of each a speech")
    usable = ~np.isnan(y) & np.isfinite(x)
    y, x = y[usable], x[usable]
    if not y.size:
        return LengthControlled(None, None, None, 0, Missing.NOTHING_COMPARED)
    if not np.quantile(x, 0.05) <= 0 <= np.quantile(x, 0.95):
        return LengthControlled(None, None, None, y.size, Missing.LENGTHS_DIFFER)
    weights = np.concatenate([np.ones((1, y.size)), cluster_weights(np.array([y.size]), replicates, seed)])
    rates = _at_equal_length(y, x, weights)
    tail = (1 - level) / 2
    low, high = np.quantile(rates[1:], [tail, 1 - tail])
    return LengthControlled(float(rates[0]), float(low), float(high), y.size, None)


def _at_equal_length(y: Floats, x: Floats, weights: Floats) -> Floats:
    """Fits intercept and slope for every row of weights at once, and predicts at x = 0."""
    total = weights.sum(axis=1)
    centre = weights @ x / total
    spread = np.sqrt(np.maximum(weights @ np.square(x) / total - np.square(centre), 0.0))
    z = np.divide(x[None, :] - centre[:, None], spread[:, None], out=np.zeros_like(weights), where=spread[:, None] > 1e-12)
    target = np.divide(-centre, spread, out=np.zeros_like(centre), where=spread > 1e-12)
    share = weights @ y / total
    # With only wins or only losses no slope changes the rate.
    settled = (share < 1e-12) | (share > 1 - 1e-12)
    a, b = _fit(y, z, weights, np.where(settled, 0.5, share))
    with np.errstate(over="ignore"):
        return np.asarray(np.where(settled, np.round(share), 1 / (1 + np.exp(-(a + b * target)))), dtype=np.float64)


def _fit(y: Floats, z: Floats, weights: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Newton's method on the two coefficients of every row; the intercept is not penalised."""
    a, b = np.log(share / (1 - share)), np.zeros_like(share)
    for _ in range(STEPS):
        with np.errstate(over="ignore"):
            p = 1 / (1 + np.exp(-(a[:, None] + b[:, None] * z)))
        residual, weight = weights * (y - p), weights * p * (1 - p)
        g0, g1 = residual.sum(axis=1), (residual * z).sum(axis=1) - RIDGE * b
        h00, h01, h11 = weight.sum(axis=1), (weight * z).sum(axis=1), (weight * z * z).sum(axis=1) + RIDGE
        determinant = np.maximum(h00 * h11 - h01 * h01, 1e-12)
        # A step of at most 2 on the logit scale keeps rows with few losses from overshooting.
        da = np.clip((h11 * g0 - h01 * g1) / determinant, -2, 2)
        db = np.clip((h00 * g1 - h01 * g0) / determinant, -2, 2)
        a, b = a + da, b + db
        if max(float(np.abs(da).max()), float(np.abs(db).max())) < 1e-10:
            break
    return a, b
