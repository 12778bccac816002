"""An order of groups above every score: all runs of a better group stand before all of a worse one.

The crisis gate gives the groups: pass, then undecided and not run, then fail. Within a group the scores decide as ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from counsel_leaderboard.leaderboard.statistics.ranking.rank_sets import RankSets
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints

DECIMALS = 12
"""Sums in another order differ in the last digits; values that differ only there count as equal."""


def of_runs(runs: Sequence[str], groups: Mapping[str, int] | None) -> Ints:
    """The group of each run, 0 is best; all alike where none are given."""
    return np.array([(groups or {}).get(run, 0) for run in runs], dtype=np.int64)


def within(value: Floats, group: Ints) -> Floats:
    """Values that order the runs by group and then by `value`, more is better; `value` itself where all are of one group."""
    if len(set(group.tolist())) < 2:
        return value
    keys = np.stack([-group.astype(np.float64), np.round(value, DECIMALS)], axis=1)
    return np.asarray(np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1), dtype=np.float64)


def between(sets: RankSets, group: Ints) -> RankSets:
    """The rank sets where every run of a better group is better than every run of a worse one."""
    if len(set(group.tolist())) < 2:
        return sets
    before = group[:, None] < group[None, :]
    significant = (sets.significant | before) & ~before.T
    return replace(
        sets,
        low=1 + significant.sum(axis=0),
        high=len(group) - significant.sum(axis=1),
        significant=significant,
    )
