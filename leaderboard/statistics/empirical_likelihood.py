"""Empirical likelihood for a mean of few, skewed clusters inside a range: values that were not seen, up to the ends, count.

A mean m stands in the interval unless every distribution on the range with that mean makes the clusters at hand improbable:
the least Kullback-Leibler divergence of such a distribution from the observed one, times the number of clusters, stays below
half the square of Student's t (Owen, Biometrika 75, 1988). Owen's distributions have mass at the observed values alone; here
there may also be mass at the end of the range, as in the empirical KL-UCB of Cappé, Garivier, Maillard, Munos and Stoltz
(Annals of Statistics 41, 2013) and in the divergence of Honda and Takemura (COLT 2010). So twenty clusters near 0 do not say
that no cluster lies near 1. Bets on the mean are the dual of the same problem (Waudby-Smith and Ramdas, JRSS B 86, 2024).
Where clusters have strata or weights, their influences on the score replace their values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counsel_leaderboard.leaderboard.statistics.proportions import ConfidenceLimits
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats

STEPS = 60
PRECISE = 1e-7  # of the divergence; of the limit's distance from the mean half of that
BLOCK = 40_000  # values at a time: they stay in the processor's cache
TINY = 1e-12
NEAREST = 1 - 1e-12  # of the way to the pole of the likelihood at a value that lies at the end of the range


@dataclass(frozen=True)
class Pulls:
    """Runs x clusters: how far each cluster's value lies from the mean, as if all weighed the same; rows add up to 0.

    A cluster that a run does not have counts as 0; `count` is how many it has. `up` and `down` are how far a cluster that was
    not seen could lie above and below the mean; no less than the largest and smallest pull. All three are of length runs.
    """

    values: Floats
    count: Floats
    up: Floats
    down: Floats


def likelihood_limits(mean: Floats, pulls: Pulls, quantile: Floats, level: float) -> ConfidenceLimits:
    """ConfidenceLimits of each run's mean; `quantile` is Student's t at that level, of length runs.

    Where all clusters are alike, a share of 1 - (1 - level)^(1/n) of unseen ones at the end of the range is allowed for: at
    95% about 3/n, the rule of three (Hanley and Lippman-Hand, JAMA 249, 1983). Half of t squared would be less there: where
    one cluster in n/2 lies at the other end, the interval would hold 88% of the time.
    """
    allowed, alike = np.square(quantile) / 2, -np.log1p(-level)
    low, high = np.empty_like(mean), np.empty_like(mean)
    step = max(BLOCK // pulls.values.shape[1], 1)
    for start in range(0, len(mean), step):
        some = slice(start, start + step)
        values, n = pulls.values[some], pulls.count[some]
        low[some] = mean[some] - _reach(-values, n, pulls.down[some], allowed[some], alike)
        high[some] = mean[some] + _reach(values, n, pulls.up[some], allowed[some], alike)
    return ConfidenceLimits(low, high)


def _reach(values: Floats, n: Floats, farthest: Floats, allowed: Floats, alike: float) -> Floats:
    """How far above the mean a limit lies.

    The distribution of mean m > 0 nearest to the observed one has mass proportional to 1/(a - value) at each value, a no less
    than `farthest`. With all mass at the values, m = a - H and the divergence is the mean log of (a - value) less log H, with
    H the harmonic mean of (a - value). Where that is less than allowed even at a = `farthest`, the rest of the mass lies there.
    """
    possible = (farthest > TINY) & (n > 0)
    end = np.where(possible, farthest, 1.0)
    highest = NEAREST / end
    at_end = _divergence(values, n, highest)[0]
    inside = at_end > allowed
    reach = np.empty_like(end)
    outer = ~inside
    # From the threshold of clusters that are all alike to that of clusters whose spread alone reaches it.
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = alike + (allowed - alike) * np.clip(at_end / allowed, 0.0, 1.0)
        logs = np.log1p(-values[outer] / end[outer, None]).sum(axis=1)
        reach[outer] = end[outer] * -np.expm1((logs - beyond[outer]) / n[outer])
    if inside.any():
        reach[inside] = _inside(values[inside], n[inside], highest[inside], allowed[inside])
    return np.where(possible, reach, 0.0)


def _inside(values: Floats, n: Floats, highest: Floats, allowed: Floats) -> Floats:
    """Newton's method on the square root of the divergence, nearly a straight line in 1/a, held between brackets."""
    low, high, reach = np.zeros_like(highest), highest, np.zeros_like(highest)
    square = np.square(values)
    second, third = square.sum(axis=1), np.einsum("ij,ij->i", square, values)
    # The divergence is at^2 / 2 x (sum of squares + 4/3 at x sum of cubes) and terms of higher order.
    normal = np.sqrt(2 * allowed / second)
    at = np.clip(normal / np.maximum(1 + 2 / 3 * normal * third / second, 0.5), 0.0, highest / 2)
    rows = np.arange(len(at))
    for _ in range(STEPS):
        divergence, slope, harmonic = _divergence(values, n, at)
        reach[rows] = (1 - harmonic) / at
        # Most runs are done after a few steps; those whose limit is close to the end of the range take more.
        more = np.abs(divergence - allowed) > PRECISE * allowed
        if not more.any():
            break
        over = divergence > allowed
        high, low = np.where(over, at, high), np.where(over, low, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = at - (np.sqrt(divergence) - np.sqrt(allowed)) * 2 * np.sqrt(divergence) / slope
        at = np.where((step > low) & (step < high), step, (low + high) / 2)
        rows, values = rows[more], values[more]
        n, allowed, at, low, high = (part[more] for part in (n, allowed, at, low, high))
    return reach


def _divergence(values: Floats, n: Floats, at: Floats) -> tuple[Floats, Floats, Floats]:
    """n times the divergence at a = 1/`at`, its slope in `at`, and the harmonic mean of 1 - at x value.

    A cluster that is not present has the value 0, which adds to no sum but those of the inverses.
    """
    absent = values.shape[1] - n
    inverse = 1 / (1 - at[:, None] * values)
    first = inverse.sum(axis=1) - absent
    second = np.einsum("ij,ij->i", inverse, inverse) - absent
    divergence = n * np.log(first / n) - np.log(inverse).sum(axis=1)
    return divergence, (n * (second - first) / first - (first - n)) / at, n / first
