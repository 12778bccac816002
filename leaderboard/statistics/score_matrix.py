"""One measure of one task as matrices: runs down, items across, items of a cluster side by side.

Everything else in this package works on `ScoreMatrix`; runs, strata, clusters and items are sorted by name, so no result can
depend on the order in which rows or models arrived.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from counsel_leaderboard.leaderboard.statistics.errors import RankingError

Combine = Literal["items", "clusters", "strata"]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COMBINES = ("items", "clusters", "strata")
ITEM_COLUMNS = ("run_id", "task", "metric", "stratum", "cluster", "item", "value", "weight")
KEY = ["run_id", "task", "metric", "item"]
ONE_STRATUM = "all"


@dataclass(frozen=True)
class ScoreMatrix:
    """Values of one (task, metric) for all its runs.

    `values` is runs x items, NaN where an item has no score. `weights` has the same shape, 0 where a run has no row for the
    item; so an item with a weight and no value was asked and not scored. `cluster_starts` are the columns at which clusters
    begin, `stratum_starts` the clusters at which strata begin. `lo` and `hi` are the ends of the metric's range, None where
    it has none.
    """

    task: str
    metric: str
    combine: Combine
    higher_is_better: bool
    lo: float | None
    hi: float | None
    runs: tuple[str, ...]
    items: tuple[str, ...]
    clusters: tuple[str, ...]
    strata: tuple[str, ...]
    values: Floats
    weights: Floats
    cluster_starts: Ints
    stratum_starts: Ints

    @property
    def ends(self) -> tuple[float, float] | None:
        """The range of the metric, None where an end is open."""
        return None if self.lo is None or self.hi is None else (self.lo, self.hi)

    @property
    def complete(self) -> bool:
        """True where every run has a score for every item, with the same weights: the simple case."""
        return bool(np.all(self.scored) and np.all(self.weights == self.weights[:1]))

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Runs x items, True where there is a score."""
        return ~np.isnan(self.values)

    @property
    def unscored(self) -> NDArray[np.bool_]:
        """Runs x items, True where the item was asked and could not be scored."""
        return np.isnan(self.values) & (self.weights > 0)

    def filled(self, value: float) -> ScoreMatrix:
        """The same measure as if every unscored item had got `value`."""
        return replace(self, values=np.where(self.unscored, value, self.values))

    def select(self, rows: Ints) -> ScoreMatrix:
        """The same measure for some runs only, in the order of the matrix; `rows` are sorted indices."""
        picked = tuple(self.runs[row] for row in rows)
        return replace(self, runs=picked, values=self.values[rows], weights=self.weights[rows])

    def within(self, stratum: str) -> ScoreMatrix:
        """The same measure over one stratum; a mean over strata becomes the mean over the clusters of this one."""
        index = self.strata.index(stratum)
        clusters = _span(self.stratum_starts, index, len(self.clusters))
        first = int(self.cluster_starts[clusters.start])
        last = int(self.cluster_starts[clusters.stop]) if clusters.stop < len(self.clusters) else len(self.items)
        return replace(
            self,
            combine="items" if self.combine == "items" else "clusters",
            items=self.items[first:last],
            clusters=self.clusters[clusters],
            strata=(stratum,),
            values=self.values[:, first:last],
            weights=self.weights[:, first:last],
            cluster_starts=self.cluster_starts[clusters] - first,
            stratum_starts=np.zeros(1, dtype=np.int64),
        )


def score_matrices(items: pl.DataFrame, tasks: pl.DataFrame) -> Iterator[ScoreMatrix]:
    """One matrix for every (task, metric) of `items`, sorted by both.

    `items`: run_id, task, metric, stratum, cluster, item, value (null = unscored), weight. `tasks`: task, combine,
    higher_is_better, lo, hi, and, where measures of one task differ in range or direction, metric. Identical rows count once.
    Raises RankingError for a missing column, an unknown task or rule, a negative weight, two different rows for
    one item of one run, an item in two clusters, a cluster in two strata, or a value outside [lo, hi].
    """
    rows = _checked(items)
    rules = _rules(tasks)
    # The metrics of a task cover few different sets of items: the layout of each set is computed once.
    cached: dict[tuple[str, Combine], list[_Layout]] = defaultdict(list)
    for (task, metric), group in sorted(rows.partition_by("task", "metric", as_dict=True).items(), key=lambda pair: pair[0]):
        rule = rules.get((str(task), str(metric))) or rules.get((str(task), None))
        if rule is None:
            raise RankingError(f"task {task!r} has scores and no row in the task frame: add it with its combine rule and range")
        index, known = group.select(_Layout.COLUMNS), cached[str(task), rule.combine]
        layout = next((layout for layout in known if layout.rows.equals(index)), None)
        if layout is None:
            known.append(layout := _layout(str(task), index, rule.combine))
        yield _matrix(str(task), str(metric), group, rule, layout)


def _checked(items: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in ITEM_COLUMNS if name not in items.columns]
    if missing:
        raise RankingError(f"the items frame lacks {', '.join(missing)}: it needs {', '.join(ITEM_COLUMNS)}")
    rows = items.select(
        *(pl.col(name).cast(pl.String) for name in ("run_id", "task", "metric", "cluster", "item")),
        pl.col("stratum").cast(pl.String).fill_null(ONE_STRATUM),
        pl.col("value").cast(pl.Float64).fill_nan(None),
        pl.col("weight").cast(pl.Float64).fill_null(1.0),
    )
    bad = rows.filter(pl.col("value").is_infinite() | ~(pl.col("weight") >= 0) | pl.col("weight").is_infinite())
    if bad.height:
        raise RankingError(f"{_name(bad)}: values and weights are finite, and no weight is negative; leave unscored items null")
    rows = rows.filter(pl.col("weight") > 0)
    if not rows.select(pl.struct(KEY).is_duplicated().any()).item():
        return rows
    rows = rows.unique()
    twice = rows.filter(pl.struct(KEY).is_duplicated())
    if twice.height:
        raise RankingError(f"{_name(twice.sort(KEY))} has two different rows: an item has one score in a run")
    return rows


def _name(rows: pl.DataFrame) -> str:
    first = rows.row(0, named=True)
    return f"item {first['item']!r} of run {first['run_id']!r} ({first['task']}, {first['metric']})"


@dataclass(frozen=True)
class _Rule:
    combine: Combine
    higher_is_better: bool
    lo: float | None
    hi: float | None


def _rules(tasks: pl.DataFrame) -> dict[tuple[str, str | None], _Rule]:
    rules: dict[tuple[str, str | None], _Rule] = {}
    for row in tasks.iter_rows(named=True):
        if row["combine"] not in COMBINES:
            raise RankingError(f"task {row['task']!r}: combine is one of {', '.join(COMBINES)}, not {row['combine']!r}")
        key = (row["task"], row.get("metric"))
        rule = _Rule(row["combine"], bool(row["higher_is_better"]), row["lo"], row["hi"])
        if rules.setdefault(key, rule) != rule:
            raise RankingError(f"task {row['task']!r} has two different rows in the task frame: keep one")
    return rules


@dataclass(frozen=True)
class _Layout:
    """The positions of a measure's rows in its matrices, and the names along their sides."""

    COLUMNS: ClassVar = ("run_id", "stratum", "cluster", "item")

    rows: pl.DataFrame
    row: Ints
    column: Ints
    runs: tuple[str, ...]
    items: tuple[str, ...]
    clusters: tuple[str, ...]
    strata: tuple[str, ...]
    cluster_starts: Ints
    stratum_starts: Ints


def _layout(task: str, rows: pl.DataFrame, combine: Combine) -> _Layout:
    order = _item_order(task, rows, combine)
    runs = rows.get_column("run_id").unique().sort()
    placed = rows.join(order.select("item", "column"), on="item", maintain_order="left").join(
        pl.DataFrame({"run_id": runs, "row": np.arange(len(runs))}), on="run_id", maintain_order="left"
    )
    cluster_starts = _starts(order.get_column("cluster"))
    stratum_of_cluster = order.get_column("stratum").gather(cluster_starts)
    stratum_starts = _starts(stratum_of_cluster)
    return _Layout(
        rows=rows,
        row=placed.get_column("row").to_numpy(),
        column=placed.get_column("column").to_numpy(),
        runs=tuple(runs),
        items=tuple(order.get_column("item")),
        clusters=tuple(order.get_column("cluster").gather(cluster_starts)),
        strata=tuple(stratum_of_cluster.gather(stratum_starts)),
        cluster_starts=cluster_starts,
        stratum_starts=stratum_starts,
    )


def _matrix(task: str, metric: str, group: pl.DataFrame, rule: _Rule, at: _Layout) -> ScoreMatrix:
    shape = (len(at.runs), len(at.items))
    values, weights = np.full(shape, np.nan), np.zeros(shape)
    values[at.row, at.column] = group.get_column("value").fill_null(np.nan).to_numpy()
    weights[at.row, at.column] = group.get_column("weight").to_numpy()
    _check_range(task, metric, values, rule)
    return ScoreMatrix(
        task=task,
        metric=metric,
        combine=rule.combine,
        higher_is_better=rule.higher_is_better,
        lo=rule.lo,
        hi=rule.hi,
        runs=at.runs,
        items=at.items,
        clusters=at.clusters,
        strata=at.strata,
        values=values,
        weights=weights,
        cluster_starts=at.cluster_starts,
        stratum_starts=at.stratum_starts,
    )


def _item_order(task: str, group: pl.DataFrame, combine: Combine) -> pl.DataFrame:
    """Items with their clusters and strata, sorted, and `column`; each item in one cluster, each cluster in one stratum."""
    order = group.select("stratum", "cluster", "item").unique()
    twice = order.filter(pl.col("item").is_duplicated()).sort("item")
    if twice.height:
        raise RankingError(
            f"item {twice['item'][0]!r} of {task} is in two clusters or strata: it has the same ones in every run"
        )
    groups = order.select("stratum", "cluster").unique()
    split = groups.filter(pl.col("cluster").is_duplicated()).sort("cluster")
    if split.height and combine == "strata":
        raise RankingError(f"cluster {split['cluster'][0]!r} of {task} is in two strata: a mean over strata needs it in one")
    if split.height:
        # What was sampled is the cluster; strata that cut through clusters cannot be resampled apart and do not enter the
        # score.
        order = order.with_columns(stratum=pl.lit(ONE_STRATUM))
    return order.sort("stratum", "cluster", "item").with_columns(column=np.arange(order.height))


def _check_range(task: str, metric: str, values: Floats, rule: _Rule) -> None:
    lo, hi = rule.lo, rule.hi
    outside = (lo is not None and bool(np.any(values < lo - 1e-9))) or (hi is not None and bool(np.any(values > hi + 1e-9)))
    if outside:
        raise RankingError(
            f"{metric} of {task} leaves its range [{lo}, {hi}]: correct the range in the task frame, or the scores"
        )


def _starts(names: pl.Series) -> Ints:
    """The indices at which a sorted series begins a new name."""
    codes = names.rle_id().to_numpy()
    return np.flatnonzero(np.diff(codes, prepend=-1)).astype(np.int64)


def _span(starts: Ints, index: int, length: int) -> slice:
    last = int(starts[index + 1]) if index + 1 < len(starts) else length
    return slice(int(starts[index]), last)
