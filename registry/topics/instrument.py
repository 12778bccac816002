"""How good a topic model is as an instrument: its groups on labelled remarks, its stability, its coherence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, cohen_kappa_score, f1_score

from counsel_leaderboard.registry.embeddings.minilm import Vectors
from counsel_leaderboard.registry.topics.groups import GROUPS, unit
from counsel_leaderboard.registry.topics.record import SubjectSeparation
from counsel_leaderboard.registry.topics.remarks import Remark

REPLICATES: Final = 2_000
SHUFFLES: Final = 99
SEED: Final = 19790101
FEWEST_CASES: Final = 3
"""Conversations that a subject needs to be compared."""

Labels = NDArray[Any]


class GroupAgreement(NamedTuple):
    """Assigned groups beside the labels: macro-F1 over all groups, Cohen's kappa with its lower 95% limit, F1 by group."""

    macro_f1: float
    kappa: float
    kappa_low: float
    by_group: dict[str, float]


def group_agreement(labels: Sequence[str], assigned: Sequence[str], replicates: int = REPLICATES) -> GroupAgreement:
    """Agreement over remarks; the lower limit is the 2.5% point of a bootstrap over remarks."""
    truth, given = np.array(labels), np.array(assigned)
    scores = f1_score(truth, given, labels=list(GROUPS), average=None, zero_division=0.0)
    rng = np.random.default_rng(SEED)
    draws = rng.integers(len(truth), size=(replicates, len(truth)))
    low = np.quantile([kappa(truth[draw], given[draw]) for draw in draws], 0.025)
    return GroupAgreement(
        float(np.mean(scores)), kappa(truth, given), float(low), dict(zip(GROUPS, map(float, scores), strict=True))
    )


def kappa(first: Labels, second: Labels) -> float:
    """Cohen's kappa; 0 where both give one label only, since chance then agrees fully."""
    return float(cohen_kappa_score(first, second)) if len(np.unique(np.append(first, second))) > 1 else 0.0


class Stability(NamedTuple):
    """How alike fits of several seeds are, over pairs of seeds.

    rand, rand_lowest: adjusted Rand index of topics, mean and lowest. same_group: share of remarks in the same group. matching:
    cosine of matched topics.
    """

    rand: float
    rand_lowest: float
    same_group: float
    matching: float | None


def stability(topics: Sequence[Labels], groups: Sequence[Labels], clustered: Sequence[Vectors]) -> Stability | None:
    """topics, groups: of each seed those of every remark; clustered: the vectors of its topics that clustering gave.

    None for a single seed. Topics are matched one to one so that the sum of their cosines is highest; a topic without a partner
    counts 0.
    """
    pairs = list(combinations(range(len(topics)), 2))
    if not pairs:
        return None
    rand = [float(adjusted_rand_score(topics[first], topics[second])) for first, second in pairs]
    same = [float(np.mean(groups[first] == groups[second])) for first, second in pairs]
    cosines = [_matched(clustered[first], clustered[second]) for first, second in pairs]
    known = [cosine for cosine in cosines if cosine is not None]
    return Stability(float(np.mean(rand)), min(rand), float(np.mean(same)), float(np.mean(known)) if known else None)


def _matched(first: Vectors, second: Vectors) -> float | None:
    most = max(len(first), len(second))
    if most == 0:
        return None
    if min(len(first), len(second)) == 0:
        return 0.0
    cosines = unit(first) @ unit(second).T
    rows, columns = linear_sum_assignment(-cosines)
    return float(cosines[rows, columns].sum() / most)


def subject_separation(
    remarks: Sequence[Remark], topics: Labels, corpus: str, shuffles: int = SHUFFLES
) -> SubjectSeparation | None:
    """Whether topics tell the subjects of a corpus' conversations apart; None where fewer than two subjects can be compared.

    Subjects are dealt anew to whole conversations, so that what one conversation keeps repeating proves nothing.
    """
    chosen = [number for number, remark in enumerate(remarks) if remark.source == corpus and remark.subject]
    of_case = {remarks[number].case: remarks[number].subject for number in chosen}
    counts: Mapping[str, int] = {subject: list(of_case.values()).count(subject) for subject in dict.fromkeys(of_case.values())}
    cases = [case for case, subject in of_case.items() if counts[subject] >= FEWEST_CASES]
    chosen = [number for number in chosen if counts[remarks[number].subject] >= FEWEST_CASES]
    if len({of_case[case] for case in cases}) < 2:
        return None
    own = topics[chosen]
    rng = np.random.default_rng(SEED)

    def information(subjects: Mapping[str, str]) -> float:
        return float(adjusted_mutual_info_score([subjects[remarks[number].case] for number in chosen], own))

    dealt = [dict(zip(cases, rng.permutation([of_case[case] for case in cases]), strict=True)) for _ in range(shuffles)]
    return SubjectSeparation(
        corpus=corpus, subjects=len({of_case[case] for case in cases}), remarks=len(chosen), information=information(of_case),
        shuffled=max(map(information, dealt)), shuffles=shuffles,
    )  # fmt: skip
