"""From the values of single items to one number; None where no item has a value.

lm-eval hands an aggregation the values alone, so a value that must know where it stands is a record
`{"value": x, "weight": w, "stratum": s, "cluster": c}`, all but `value` optional; a bare number is a record of weight 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Record = float | Mapping[str, Any]


def items(records: Sequence[Record]) -> float | None:
    """Weighted mean over all items."""
    total = math.fsum(weight(record) for record in records)
    return math.fsum(value(record) * weight(record) for record in records) / total if total else None


def clusters(records: Sequence[Record]) -> float | None:
    """Mean over clusters of the mean over a cluster's items."""
    return mean(items(group) for group in split(records, "cluster").values())


def strata(records: Sequence[Record]) -> float | None:
    """Mean over strata of the mean over clusters of the mean over items."""
    return mean(clusters(group) for group in split(records, "stratum").values())


def rmse(records: Sequence[Record]) -> float | None:
    """Root of the weighted mean, for records that hold squared errors."""
    squared = items(records)
    return None if squared is None else math.sqrt(squared)


COMBINE: Mapping[str, Callable[[Sequence[Record]], float | None]] = {"items": items, "clusters": clusters, "strata": strata}
"""The three ways a task's `metadata.combine` can name."""


def value(record: Record) -> float:
    """The number of a record."""
    return float(record["value"] if isinstance(record, Mapping) else record)


def weight(record: Record) -> float:
    """The weight of a record, 1 unless it says otherwise."""
    return float(record.get("weight", 1)) if isinstance(record, Mapping) else 1.0


def split(records: Sequence[Record], key: str) -> dict[str, list[Record]]:
    """Records by their `key`, in order of first appearance; bare numbers and records without it share one group."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        name = str(record.get(key, "")) if isinstance(record, Mapping) else ""
        groups.setdefault(name, []).append(record)
    return groups


def mean(values: Iterable[float | None]) -> float | None:
    """Plain mean of those values that exist."""
    known = [number for number in values if number is not None]
    return math.fsum(known) / len(known) if known else None
