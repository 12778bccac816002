"""More runs joined to the matrix of a measure, where both score the same items in the same groups."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

import numpy as np

from counsel_leaderboard.leaderboard.statistics.score_matrix import Ints, ScoreMatrix


def joined(matrix: ScoreMatrix, more: ScoreMatrix) -> ScoreMatrix | None:
    """`matrix` with the runs of `more`; None for another range or rule, or items that `matrix` lacks or groups differently."""
    rule = attrgetter("metric", "combine", "higher_is_better", "lo", "hi")
    column = {item: index for index, item in enumerate(matrix.items)}
    columns = np.array([column.get(item, -1) for item in more.items], dtype=np.int64)
    if (
        rule(matrix) != rule(more)
        or np.any(columns < 0)
        or _groups(matrix, columns) != _groups(more, np.arange(len(more.items)))
    ):
        return None
    values = np.full((len(more.runs), len(matrix.items)), np.nan)
    weights = np.zeros_like(values)
    values[:, columns], weights[:, columns] = more.values, more.weights
    order = np.argsort(np.array([*matrix.runs, *more.runs]), kind="stable")
    return replace(
        matrix,
        runs=tuple(sorted([*matrix.runs, *more.runs])),
        values=np.concatenate([matrix.values, values])[order],
        weights=np.concatenate([matrix.weights, weights])[order],
    )


def _groups(matrix: ScoreMatrix, columns: Ints) -> list[tuple[str, str]]:
    """Cluster and stratum of each item."""
    cluster = np.searchsorted(matrix.cluster_starts, columns, side="right") - 1
    stratum = np.searchsorted(matrix.stratum_starts, cluster, side="right") - 1
    return [(matrix.clusters[c], matrix.strata[s]) for c, s in zip(cluster, stratum, strict=True)]
