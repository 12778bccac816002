"""Boards whose truth is known, to measure the coverage of intervals and how often equal models are split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from counsel_leaderboard.leaderboard.statistics.score_matrix import Combine, Floats, Ints, ScoreMatrix

# How sharply a graded item follows its cluster: its standard deviation is at most half the root of 1/21, .11.
FIRMNESS = 20.0
Graded = Literal["smooth", "half points", "two values", "rare"]


@dataclass(frozen=True)
class Design:
    """What is sampled: `clusters` in `strata` of equal size, each cluster with `size` items."""

    clusters: int
    size: int = 1
    strata: int = 1
    combine: Combine = "clusters"

    @property
    def items(self) -> int:
        """Items in all."""
        return self.clusters * self.size


def matrix_of(values: Floats, design: Design, lo: float = 0.0, hi: float = 1.0) -> ScoreMatrix:
    """Runs x items as a score matrix of that design."""
    runs, items = values.shape
    return ScoreMatrix(
        task="simulated",
        metric="score",
        combine=design.combine,
        higher_is_better=True,
        lo=lo,
        hi=hi,
        runs=tuple(f"run{number:06d}" for number in range(runs)),
        items=tuple(f"item{number:06d}" for number in range(items)),
        clusters=tuple(f"cluster{number:06d}" for number in range(design.clusters)),
        strata=tuple(f"stratum{number:06d}" for number in range(design.strata)),
        values=values,
        weights=np.ones_like(values),
        cluster_starts=np.arange(0, items, design.size),
        stratum_starts=np.arange(0, design.clusters, design.clusters // design.strata),
    )


def rates(design: Design, rate: float, correlation: float, boards: int, seed: int) -> Floats:
    """boards x items of 0 and 1: beta-binomial clusters with that rate and within-cluster correlation in [0, 1)."""
    rng = np.random.default_rng(seed)
    shape = (boards, design.clusters)
    chance = np.full(shape, rate)
    if correlation > 0:
        spread = (1 - correlation) / correlation
        chance = rng.beta(rate * spread, (1 - rate) * spread, shape)
    return (rng.random((boards, design.items)) < np.repeat(chance, design.size, axis=1)).astype(np.float64)


def graded(sizes: Ints, mean: float, correlation: float, boards: int, seed: int, kind: Graded) -> Floats:
    """boards x items between 0 and 1, with clusters of these `sizes` and true `mean`.

    "smooth": beta clusters, whose variance is `correlation` (0 to 1, ends excluded) of the largest that the mean allows, and
    beta noise inside them. "half points" and "two values": those clusters, each item 0, .5 or 1, or 0 or 1. "rare": a cluster
    lies at half the mean, or, seldom, near 1 (from a mean of .5 on, mirrored), with the same noise; the correlation is not
    used.
    """
    rng = np.random.default_rng(seed)
    low = min(mean, 1 - mean)
    if kind == "rare":
        far = 0.98
        clusters = np.where(rng.random((boards, len(sizes))) < low / 2 / (far - low / 2), far, low / 2)
    else:
        spread = (1 - correlation) / correlation
        clusters = rng.beta(low * spread, (1 - low) * spread, (boards, len(sizes)))
    levels = np.repeat(np.clip(clusters, 1e-9, 1 - 1e-9), sizes, axis=1)
    steps = {"half points": 2, "two values": 1}.get(kind)
    values = rng.binomial(steps, levels) / steps if steps else rng.beta(levels * FIRMNESS, (1 - levels) * FIRMNESS)
    return np.asarray(1 - values if mean > low else values, dtype=np.float64)


def equal_models(design: Design, models: int, shared: float, own: float, seed: int, kind: str = "rate") -> Floats:
    """models x items of one board on which all models are equally good.

    Clusters are hard or easy for all (`shared`) and for each model by itself (`own`), standard deviations on the logit scale.
    kind: "rate" gives 0 and 1, "graded" a mean of chances, between 0 and 1.
    """
    rng = np.random.default_rng(seed)
    clusters = shared * rng.standard_normal(design.clusters) + own * rng.standard_normal((models, design.clusters))
    logits = 0.8 + np.repeat(clusters, design.size, axis=1)
    if kind == "graded":
        logits = logits + 0.5 * rng.standard_normal((models, design.items))
        return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)
    return (rng.random((models, design.items)) < 1 / (1 + np.exp(-logits))).astype(np.float64)
