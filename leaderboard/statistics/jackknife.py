"""Intervals by leaving out one cluster at a time, for statistics that are no means of items."""

from __future__ import annotations

import numpy as np

from counsel_leaderboard.leaderboard.statistics.proportions import t_quantile
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats


def half_width(without: Floats) -> float | None:
    """Half the width of a 95% interval from the statistic without each of two clusters or more, with Student's t.

    None where it depends on no cluster: such a value has no spread that could be measured.
    """
    count = len(without)
    if count < 2 or np.ptp(without) <= 1e-9:
        return None
    variance = (count - 1) / count * float(np.square(without - without.mean()).sum())
    return float(t_quantile(count - 1)) * float(np.sqrt(variance))
