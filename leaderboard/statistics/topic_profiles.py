"""Profiles over groups of topics: how far models are apart, which groups one model has more of, and whether it follows clients.

Everything is clustered by case: a case is the client or item that is sampled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special
from scipy.spatial.distance import jensenshannon

from counsel_leaderboard.leaderboard.statistics.clusters import moment_df
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.proportions import LEVEL
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints

SEED: Final = 19790101
DRAWS: Final = 200
FEWEST_CASES: Final = 4
"""Cases that two halves need, two each."""


def jensen_shannon(first: Floats, second: Floats) -> float:
    """Jensen-Shannon distance of two profiles of counts or shares: 0 where equal, root of ln 2 = .833 where they share nothing.

    Source: Lin, IEEE Transactions on Information Theory 37, 1991; natural logarithm, square root.
    """
    return float(np.nan_to_num(jensenshannon(first, second)))


@dataclass(frozen=True)
class CaseRemarks:
    """The remarks of one model: the group of each as a number from 0, and its case as a number; both (remarks,)."""

    groups: Ints
    cases: Ints


@dataclass(frozen=True)
class ProfileDistances:
    """Jensen-Shannon distances at `n` remarks a profile, means over random halves of the cases.

    between: models x models, on the same half. same: (models,), of a model's two halves, the line below which a distance says
    nothing; same_high: its 95% point.
    """

    n: int
    between: Floats
    same: Floats
    same_high: Floats


def profile_distances(models: Sequence[CaseRemarks], n_groups: int, draws: int = DRAWS, seed: int = SEED) -> ProfileDistances:
    """Distances of models that answered the same cases. Each draw halves the cases and takes equally many remarks of each.

    Raises RankingError for fewer than four common cases, since a half of one case is that case.
    """
    common = sorted(set.intersection(*(set(model.cases.tolist()) for model in models)))
    if len(common) < FEWEST_CASES:
        raise RankingError(f"distances need {FEWEST_CASES} cases that all models answered; there are {len(common)}")
    rng = np.random.default_rng(seed)
    sizes, between, same = [], [], []
    for _ in range(draws):
        half = rng.permutation(common)[: len(common) // 2]
        parts = [_halves(model, half, common) for model in models]
        n = min(len(part) for pair in parts for part in pair)
        profiles = [[_profile(part, n, n_groups, rng) for part in pair] for pair in parts]
        sizes.append(n)
        same.append([jensen_shannon(*pair) for pair in profiles])
        between.append([[(jensen_shannon(a[0], b[0]) + jensen_shannon(a[1], b[1])) / 2 for b in profiles] for a in profiles])
    of_same = np.array(same)
    return ProfileDistances(
        int(np.mean(sizes)), np.mean(between, axis=0), of_same.mean(axis=0), np.quantile(of_same, 0.95, axis=0)
    )


def _halves(model: CaseRemarks, half: Ints, common: Sequence[int]) -> tuple[Ints, Ints]:
    inside, shared = np.isin(model.cases, half), np.isin(model.cases, common)
    return model.groups[inside], model.groups[shared & ~inside]


def _profile(groups: Ints, n: int, n_groups: int, rng: np.random.Generator) -> Floats:
    return np.bincount(rng.choice(groups, n, replace=False), minlength=n_groups).astype(np.float64)


@dataclass(frozen=True)
class Limits:
    """Values with 95% limits, arrays of one shape; limits are NaN where there are fewer than two cases."""

    value: Floats
    low: Floats
    high: Floats


def representation(counts: Floats) -> Limits:
    """How much more of each group a model has than the mean of the other models: models x groups, differences of shares.

    counts: models x cases x groups, how many remarks. Cases are common to the models, so their differences are paired; a model
    without remarks in a case has zeros there. Raises RankingError for fewer than two models, or one without remarks.
    """
    n_models, n_cases, _ = counts.shape
    totals = counts.sum(axis=(1, 2))
    if n_models < 2 or not totals.all():
        raise RankingError("over- and under-represented groups need two models or more, each with remarks")
    shares = counts.sum(axis=1) / totals[:, None]
    influence = (counts - shares[:, None, :] * counts.sum(axis=2, keepdims=True)) / totals[:, None, None]
    value = _minus_others(shares)
    return _limits(value, np.moveaxis(_minus_others(influence), 1, 0), n_cases)


def _minus_others(values: Floats) -> Floats:
    """Each model's values minus the mean of the other models'."""
    n = len(values)
    return np.asarray(values - (values.sum(axis=0) - values) / (n - 1), dtype=np.float64)


def _limits(value: Floats, influence: Floats, n_cases: int) -> Limits:
    """influence: cases first. Student's t, with fewer degrees of freedom where the value hangs on few cases."""
    if n_cases < 2:
        return Limits(value, np.full_like(value, np.nan), np.full_like(value, np.nan))
    scaled = influence * np.sqrt(n_cases / (n_cases - 1))
    variance = np.square(scaled).sum(axis=0)
    df = moment_df(variance, np.square(np.square(scaled)).sum(axis=0), n_cases, n_cases - 1.0)
    half = special.stdtrit(df, (1 + LEVEL) / 2) * np.sqrt(variance)
    return Limits(value, value - half, value + half)


@dataclass(frozen=True)
class Responsiveness:
    """How far replies follow their client's groups beyond chance, with 95% limits; `ceiling`: had they repeated the client.

    limits are NaN where there are fewer than two cases. n: replies, cases: of how many cases.
    """

    value: float
    low: float
    high: float
    ceiling: float
    n: int
    cases: int


def responsiveness(client: Floats, reply: Floats, cases: Ints) -> Responsiveness:
    """client, reply: turns x groups, shares of the sentences of the client's last message and of the reply; cases: (turns,).

    A turn's value is the overlap of the two, the sum of the smaller shares, minus the mean overlap of the reply with the
    messages of other cases. Raises RankingError where there are fewer than two cases, since nothing gives the chance.
    """
    known = np.unique(cases)
    if len(known) < 2:
        raise RankingError("responsiveness needs replies to two clients or more: what would chance give?")
    own, echo = (_beyond_chance(client, text, cases) for text in (reply, client))
    value = float(own.mean())
    influence = np.array([(own[cases == case] - value).sum() / len(own) for case in known])
    limits = _limits(np.array(value), influence, len(known))
    return Responsiveness(value, float(limits.low), float(limits.high), float(echo.mean()), len(own), len(known))


def _beyond_chance(client: Floats, text: Floats, cases: Ints) -> Floats:
    own = np.minimum(client, text).sum(axis=1)
    chance = [np.minimum(client[cases != case], row).sum(axis=1).mean() for row, case in zip(text, cases.tolist(), strict=True)]
    return np.asarray(own - np.array(chance), dtype=np.float64)
