"""The arena's result: strengths from verdicts, with tiers and rank sets, as one frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from counsel_leaderboard.leaderboard.statistics.pairwise.bradley_terry import fit
from counsel_leaderboard.leaderboard.statistics.ranking import group_order
from counsel_leaderboard.leaderboard.statistics.ranking.rank_sets import max_t, rank_sets
from counsel_leaderboard.leaderboard.statistics.ranking.tiers import tiers


@dataclass(frozen=True)
class ArenaResult:
    """`table`: run_id, strength (log-odds, adding up to 0), low, high, win_chance (against an average candidate), games,
    tier, rank_low, rank_high, best first. `scored` of `total` comparisons had two readable orders; in `disagreements` of
    these the orders differ.
    """

    table: pl.DataFrame
    total: int
    scored: int
    disagreements: int


def result(scored: pl.DataFrame, prior: float = 0.0, groups: Mapping[str, int] | None = None) -> ArenaResult:
    """Fits what `verdicts.score` gave; raises RankingError as `bradley_terry.fit` does.

    groups: of each run, for `group_order`: all of a better group, from 0, stand before all of a worse one.
    """
    strengths = fit(scored, prior)
    group = group_order.of_runs(strengths.runs, groups)
    sets = group_order.between(rank_sets(strengths.pairs, max_t(strengths.pairs)), group)
    table = pl.DataFrame(
        {
            "run_id": strengths.runs,
            "strength": strengths.value,
            "low": strengths.limits.low,
            "high": strengths.limits.high,
            "win_chance": 1 / (1 + np.exp(-strengths.value)),
            "games": strengths.comparisons,
            "tier": tiers(group_order.within(strengths.value, group), sets.significant),
            "rank_low": sets.low,
            "rank_high": sets.high,
            "group": group,
        }
    )
    table = table.with_columns(pl.col(pl.Float64).fill_nan(None))
    table = table.sort("group", "strength", "run_id", descending=[False, True, False]).drop("group")
    return ArenaResult(
        table=table,
        total=scored.height,
        scored=scored["score"].count(),
        disagreements=int((~scored["agree"]).sum()),
    )
