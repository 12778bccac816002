"""Power: how many items a new task needs, and the minimum detectable difference of a task that has run."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.paired import Pairs

POWER = 0.8


@dataclass(frozen=True)
class PowerDesign:
    """The assumed design of a task. `sd` is the standard deviation of one item's score in one run, `within` the correlation
    of items of one cluster, `between` the correlation of two runs on the same cluster's mean, `size` the items a cluster.
    """

    sd: float
    within: float = 0.0
    between: float = 0.0
    size: int = 1


def rate_sd(rate: float) -> float:
    """Standard deviation of a 0/1 item with that rate."""
    return math.sqrt(rate * (1 - rate))


def clusters_needed(difference: float, plan: PowerDesign, power: float = POWER, alpha: float = 0.05) -> int:
    """The fewest clusters at which a paired two-sided test at `alpha` finds a true `difference` with probability `power`.

    Variance of a paired difference of cluster means: 2 sd^2 (1 + (size - 1) within) / size x (1 - between); Student's t
    through its non-central form, as in Cohen, Statistical Power Analysis (1988), ch. 2. Raises RankingError for a
    difference of 0.
    """
    if difference == 0:
        raise RankingError("no number of items detects a difference of 0: give the smallest difference that matters")
    variance = 2 * plan.sd**2 * (1 + (plan.size - 1) * plan.within) / plan.size * (1 - plan.between)
    if variance <= 0:
        return 2
    effect = abs(difference) / math.sqrt(variance)
    low, high = 1, 2
    while t_power(effect, high, alpha) < power:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if t_power(effect, middle, alpha) >= power else (middle, high)
    return high


def items_needed(difference: float, plan: PowerDesign, power: float = POWER, alpha: float = 0.05) -> int:
    """`clusters_needed` in items."""
    return plan.size * clusters_needed(difference, plan, power, alpha)


def t_power(effect: float, clusters: int, alpha: float = 0.05) -> float:
    """The probability that a paired t test finds a difference of `effect` standard deviations of the clusters' differences."""
    df = clusters - 1
    shift = effect * math.sqrt(clusters)
    threshold = -float(special.stdtrit(df, alpha / 2))
    return float(1 - special.nctdtr(df, shift, threshold) + special.nctdtr(df, shift, -threshold))


def detectable(pairs: Pairs, critical: float, power: float = POWER) -> float | None:
    """The true difference that this board, with this critical value (`RankSets.critical`), finds with probability `power`.

    From the middle error of all pairs, in the units of the metric; None where no pair has one.
    """
    # Each pair occurs twice, which does not change the median.
    errors = pairs.upper.error
    usable = errors[(errors > 0) & np.isfinite(errors)]
    if not usable.size:
        return None
    return float((critical + special.ndtri(power)) * np.median(usable))
