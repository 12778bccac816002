"""Aggregations of lm-eval's lists of item values to one number; None if no item has a value.

lm-eval passes an aggregation only the values, so a value with a stratum, cluster or weight is a record
`{"value": x, "weight": w, "stratum": s, "cluster": c}`, in which only `value` is required. A bare number has weight 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from counsel_leaderboard.registry.scoring.aggregate import Combine, ScoredItem, combine

Record = float | Mapping[str, Any]
Aggregation = Callable[[Sequence[Record]], float | None]


def items(records: Sequence[Record]) -> float | None:
    """Weighted mean over all items."""
    return combine(map(item, records), "items")


def clusters(records: Sequence[Record]) -> float | None:
    """Mean over clusters of the mean over a cluster's items."""
    return combine(map(item, records), "clusters")


def strata(records: Sequence[Record]) -> float | None:
    """Mean over strata of the mean over clusters of the mean over items."""
    return combine(map(item, records), "strata")


AGGREGATIONS: Mapping[Combine, Aggregation] = {"items": items, "clusters": clusters, "strata": strata}
"""The aggregation in lm-eval's `metric_list` for each `combine` of a manifest.

These are named functions, not partials, because lm-eval writes the source of each into its results.
"""


def item(record: Record) -> ScoredItem:
    """The item that a record describes."""
    if not isinstance(record, Mapping):
        return ScoredItem(float(record), 1.0, "", "")
    group = (str(record.get("stratum", "")), str(record.get("cluster", "")))
    return ScoredItem(value(record), float(record.get("weight", 1)), *group)


def value(record: Record) -> float:
    """The number of a record."""
    return float(record["value"] if isinstance(record, Mapping) else record)


def split(records: Sequence[Record], key: str) -> dict[str, list[Record]]:
    """Records by their `key`, in order of first appearance; bare numbers and records without it share one group."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        name = str(record.get(key, "")) if isinstance(record, Mapping) else ""
        groups.setdefault(name, []).append(record)
    return groups
