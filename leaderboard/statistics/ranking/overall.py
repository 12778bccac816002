"""The overall order: areas of equal weight, over complete models only, and its sensitivity to that choice.

Every headline is put on a scale from 0, the worst end of its range, to 1, the best; an area is the mean of its tasks, the
overall score the mean of the areas. Tasks are sampled apart from each other, so variances add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from counsel_leaderboard.leaderboard.statistics.clusters import ratio
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.paired import Block, Pairs
from counsel_leaderboard.leaderboard.statistics.proportions import LEVEL, t_quantile
from counsel_leaderboard.leaderboard.statistics.ranking import group_order
from counsel_leaderboard.leaderboard.statistics.ranking.rank_sets import MaxT, max_t, rank_sets
from counsel_leaderboard.leaderboard.statistics.ranking.tiers import tiers
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints

DRAWS = 1000
SEED = 44
RULE = (
    "Each headline is put on a scale from 0, the worst end of its range, to 1, the best. An area is the mean of its tasks, and "
    "the areas weigh the same. Only models with a ranked score in every task of every area stand here."
)


@dataclass(frozen=True)
class OverallTask:
    """One task of the overall order: its area, its range and its pairs among all complete runs, in one order for every part."""

    task: str
    area: str
    lo: float
    hi: float
    higher_is_better: bool
    pairs: Pairs

    @property
    def unit(self) -> Floats:
        """Scores from 0, worst, to 1, best."""
        worst = self.lo if self.higher_is_better else -self.hi
        return np.asarray((self.pairs.value - worst) / (self.hi - self.lo), dtype=np.float64)


@dataclass(frozen=True)
class Overall:
    """The order, and its sensitivity to other weights.

    `order`: run_id, value (0 to 1), low, high, tier, rank_low, rank_high, rank; best first. `sensitivity`: run_id, rank,
    rank_without_<area>, rank_double_<area>, rank_mean_rank (tasks by rank in place of score), rank_p5 and rank_p95 (over
    random weights) and share_first.
    """

    order: pl.DataFrame
    sensitivity: pl.DataFrame
    pairs: Pairs
    max_t: MaxT
    tasks: tuple[str, ...]


def overall(
    parts: Sequence[OverallTask],
    weights: Mapping[str, float] | None = None,
    known: Overall | None = None,
    groups: Mapping[str, int] | None = None,
) -> Overall | None:
    """The overall order of the runs of `parts`, with equal weights unless some are given; None for fewer than two runs.

    `known`: an order of equal weights over the same clusters, whose pairs need not be computed again. `groups`: of each run:
    all of a better group stand before all of a worse one (`group_order`). Raises RankingError where parts have different runs.
    """
    if not parts or len(parts[0].pairs.runs) < 2:
        return None
    if any(part.pairs.runs != parts[0].pairs.runs for part in parts):
        raise RankingError("the overall order needs the same runs in every task: give it complete runs only")
    areas = sorted({part.area for part in parts})
    chosen = np.array([1.0 if weights is None else weights[area] for area in areas])
    pairs = _combined(parts, _task_weights(parts, areas, chosen))
    tasks = tuple(part.task for part in parts)
    largest = max_t(pairs, known.max_t if known and weights is None and _alike(known, pairs, tasks) else None)
    group = group_order.of_runs(pairs.runs, groups)
    sets = group_order.between(rank_sets(pairs, largest), group)
    half = _half_width(parts, _task_weights(parts, areas, chosen))
    order = pl.DataFrame(
        {
            "run_id": pairs.runs,
            "value": pairs.value,
            "low": np.maximum(pairs.value - half, 0.0),
            "high": np.minimum(pairs.value + half, 1.0),
            "tier": tiers(group_order.within(pairs.value, group), sets.significant),
            "rank_low": sets.low,
            "rank_high": sets.high,
            "rank": _ranks(pairs.value, group),
        }
    ).sort("rank", "run_id")
    return Overall(order, _sensitivity(parts, areas, chosen, group), pairs, largest, tasks)


def _alike(known: Overall, pairs: Pairs, tasks: tuple[str, ...]) -> bool:
    """Whether both rest on the same tasks and clusters, so that pairs need not be computed again."""
    return known.tasks == tasks and known.pairs.influence.shape[1] == pairs.influence.shape[1]


def _task_weights(parts: Sequence[OverallTask], areas: Sequence[str], area_weights: Floats) -> Floats:
    """Weights of tasks that add up to 1, from weights of areas; tasks of an area share its weight."""
    size = {area: sum(part.area == area for part in parts) for area in areas}
    share = dict(zip(areas, area_weights / area_weights.sum(), strict=True))
    return np.array([share[part.area] / size[part.area] for part in parts])


def _combined(parts: Sequence[OverallTask], weights: Floats) -> Pairs:
    scales = [weight / (part.hi - part.lo) for part, weight in zip(parts, weights, strict=True)]
    size = len(parts[0].pairs.runs)
    difference, variance, below = (np.zeros((size, size)) for _ in range(3))
    # Welch and Satterthwaite: the sum's degrees of freedom from those of its parts. One part after the other, since each takes
    # as much memory as the sum.
    with np.errstate(invalid="ignore"):
        for part, scale in zip(parts, scales, strict=True):
            against = part.pairs.against
            own = np.square(scale * against.error)
            difference += scale * against.difference
            variance += own
            below += np.square(own) / np.maximum(against.df, 1.0)
        df = np.where(np.isfinite(variance), np.maximum(ratio(np.square(variance), below), 1.0), 1.0)
    value = np.sum([weight * part.unit for part, weight in zip(parts, weights, strict=True)], axis=0)
    influence = np.concatenate([scale * part.pairs.influence for part, scale in zip(parts, scales, strict=True)], axis=1)
    return Pairs.of(parts[0].pairs.runs, value, influence, Block(difference, np.sqrt(variance), df))


def _half_width(parts: Sequence[OverallTask], weights: Floats) -> Floats:
    """Half of each overall score's interval: variances of tasks add up, degrees of freedom after Satterthwaite."""
    per_task = [
        np.square(weight / (part.hi - part.lo)) * np.square(part.pairs.influence).sum(axis=1)
        for part, weight in zip(parts, weights, strict=True)
    ]
    fewest = [max(part.pairs.influence.shape[1] - 1, 1) for part in parts]
    variance = np.sum(per_task, axis=0)
    below = np.sum([np.square(v) / n for v, n in zip(per_task, fewest, strict=True)], axis=0)
    df = np.maximum(ratio(np.square(variance), below), 1.0)
    return np.asarray(t_quantile(df, LEVEL) * np.sqrt(variance), dtype=np.float64)


def _sensitivity(parts: Sequence[OverallTask], areas: Sequence[str], chosen: Floats, group: Ints) -> pl.DataFrame:
    units = np.stack([part.unit for part in parts], axis=1)
    columns = {"run_id": parts[0].pairs.runs, "rank": _ranks(units @ _task_weights(parts, areas, chosen), group)}
    for index, area in enumerate(areas):
        for name, factor in (("without", 0.0), ("double", 2.0)):
            changed = chosen.copy()
            changed[index] *= factor
            if changed.sum() > 0:
                columns[f"rank_{name}_{area}"] = _ranks(units @ _task_weights(parts, areas, changed), group)
    by_rank = -_ascending_ranks(-units.T, "average").T
    columns["rank_mean_rank"] = _ranks(by_rank @ _task_weights(parts, areas, chosen), group)
    drawn = np.random.default_rng(SEED).dirichlet(np.ones(len(areas)), DRAWS)
    values = np.stack([group_order.within(units @ _task_weights(parts, areas, draw), group) for draw in drawn])
    ranks = _ascending_ranks(-np.round(values, group_order.DECIMALS), "min").astype(np.int64)
    low, high = np.quantile(ranks, [0.05, 0.95], axis=0, method="nearest").astype(np.int64)
    columns |= {"rank_p5": low, "rank_p95": high, "share_first": (ranks == 1).mean(axis=0)}
    return pl.DataFrame(columns).sort("rank", "run_id")


def _ranks(value: Floats, group: Ints) -> Ints:
    """1 is the largest of the best group; equal values of a group share the better rank."""
    values = np.round(group_order.within(value, group), group_order.DECIMALS)
    return np.asarray(_ascending_ranks(-values[None, :], "min")[0], dtype=np.int64)


def _ascending_ranks(rows: Floats, ties: Literal["average", "min"]) -> Floats:
    """The ranks within each row of a matrix, all rows in one query; 1 is the smallest."""
    ranked = pl.from_numpy(rows.T, orient="row").select(pl.all().rank(ties))
    return ranked.to_numpy().T.astype(np.float64)
