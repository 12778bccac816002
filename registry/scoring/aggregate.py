"""From values of items to one number: the three ways in which a metric may combine them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

Combine = Literal["items", "clusters", "strata"]
COMBINES: tuple[Combine, ...] = ("items", "clusters", "strata")


class ScoredItem(NamedTuple):  # a run has a hundred thousand; a frozen dataclass takes 2.6 times as long to make
    """One item's value of one metric. `value` None: the item could not be scored and enters no mean."""

    value: float | None
    weight: float
    stratum: str
    cluster: str


def combine(items: Iterable[ScoredItem], how: Combine) -> float | None:
    """The value of a metric over `items`, or None when none of them has a value.

    items: weighted mean of all items. clusters: plain mean over clusters of the weighted mean inside each.
    strata: plain mean over strata of what `clusters` gives inside each. Clusters are told apart inside their stratum only
    for `strata`, so a cluster that spans strata counts once in each of them.
    """
    scored = [item for item in items if item.value is not None]
    return _HOW[how](scored) if scored else None


def _of_items(items: list[ScoredItem]) -> float:
    total = math.fsum(item.weight for item in items)
    return math.fsum(item.weight * (item.value or 0.0) for item in items) / total


def _of_groups(items: list[ScoredItem], key: Callable[[ScoredItem], str], inside: Callable[[list[ScoredItem]], float]) -> float:
    groups: dict[str, list[ScoredItem]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return math.fsum(inside(group) for group in groups.values()) / len(groups)


def _of_clusters(items: list[ScoredItem]) -> float:
    return _of_groups(items, lambda item: item.cluster, _of_items)


def _of_strata(items: list[ScoredItem]) -> float:
    return _of_groups(items, lambda item: item.stratum, _of_clusters)


_HOW: Mapping[Combine, Callable[[list[ScoredItem]], float]] = {
    "items": _of_items,
    "clusters": _of_clusters,
    "strata": _of_strata,
}
