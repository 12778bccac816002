"""The fixed order of a task's documents: any prefix is a seeded sample balanced over the strata."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any

SEED = 20250519

Doc = dict[str, Any]


def balanced(docs: Sequence[Doc]) -> list[Doc]:
    """Whole clusters, drawn in turn from each stratum; both orders depend only on SEED and the ids, not on the input order."""
    return [doc for block in blocks(docs) for cluster in block for doc in cluster]


def blocks(docs: Sequence[Doc]) -> list[list[list[Doc]]]:
    """Blocks of one cluster of each stratum; the last ones are shorter where strata differ in size."""
    columns = [shuffled(clusters, name) for name, clusters in sorted(by_stratum(docs).items())]
    random.Random(SEED).shuffle(columns)  # noqa: S311 - a sampling order, not a secret
    return [[cluster for cluster in row if cluster is not None] for row in zip_longest(*columns)]


def by_stratum(docs: Sequence[Doc]) -> dict[str, Mapping[str, list[Doc]]]:
    """Stratum -> cluster -> its documents in the order they came in."""
    grouped: dict[str, dict[str, list[Doc]]] = {}
    for doc in docs:
        grouped.setdefault(doc["stratum"], {}).setdefault(doc["cluster"], []).append(doc)
    return dict(grouped)


def shuffled(clusters: Mapping[str, list[Doc]], salt: str) -> list[list[Doc]]:
    """The clusters in an order that depends on SEED, the salt and their names."""
    names = sorted(clusters)
    random.Random(f"{SEED}:{salt}").shuffle(names)  # noqa: S311 - as above
    return [clusters[name] for name in names]


def interleaved(clusters: Sequence[Sequence[Doc]]) -> list[Doc]:
    """First documents of all clusters, then the second ones, and so on."""
    return [doc for doc in chain.from_iterable(zip_longest(*clusters)) if doc is not None]
