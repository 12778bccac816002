"""Self-reported runs and the workers' runs of the same spec: both values, their difference and its tolerance.

Two runs are comparable where model, revision, suite, task version, dataset fingerprint, documents asked and judge agree.
A self-reported score is never ranked; a reproduction only changes the reason that is shown beside it.
"""

from __future__ import annotations

import polars as pl

from counsel_leaderboard.leaderboard.board.reasons import Code, columns
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.registry.manifests import DEFAULT_TOLERANCE, catalog

PAIRS = """
WITH reported AS (
    SELECT runs.run_id, model, revision, source, runs.judge, judge_revision, started_at, tasks.* EXCLUDE (run_id)
    FROM runs JOIN tasks USING (run_id) WHERE self_reported AND revision IS NOT NULL AND ($run_id IS NULL OR run_id = $run_id)),
worked AS (
    SELECT runs.run_id, model, revision, source, runs.judge, judge_revision, started_at, tasks.* EXCLUDE (run_id)
    FROM runs JOIN tasks USING (run_id)
    WHERE NOT self_reported AND run_id NOT IN (SELECT run_id FROM retractions)),
pairs AS (
    SELECT reported.run_id, reported.task, reported.headline AS metric, reported.lo, reported.hi,
        worked.run_id AS reproduced_by
    FROM reported LEFT JOIN worked ON worked.model = reported.model AND worked.revision = reported.revision
        AND worked.source = reported.source AND worked.task = reported.task AND worked.task_version = reported.task_version
        AND worked.dataset = reported.dataset AND worked.dataset_split = reported.dataset_split
        AND worked.dataset_fingerprint = reported.dataset_fingerprint AND worked.n_docs = reported.n_docs
        AND worked.headline = reported.headline AND worked.combine = reported.combine
        AND (NOT reported.judged OR (worked.judge IS NOT DISTINCT FROM reported.judge
            AND worked.judge_revision IS NOT DISTINCT FROM reported.judge_revision))
    QUALIFY row_number() OVER (
        PARTITION BY reported.run_id, reported.task ORDER BY worked.started_at DESC NULLS LAST, worked.run_id) = 1)
SELECT pairs.run_id, pairs.task, pairs.metric, pairs.lo, pairs.hi, theirs.value AS reported, pairs.reproduced_by,
    ours.value AS reproduced, theirs.n_items AS reported_items, ours.n_items AS reproduced_items
FROM pairs
    JOIN scores AS theirs ON theirs.run_id = pairs.run_id AND theirs.task = pairs.task AND theirs.headline
    LEFT JOIN scores AS ours ON ours.run_id = pairs.reproduced_by AND ours.task = pairs.task AND ours.headline
ORDER BY pairs.run_id, pairs.task
"""

NOT_YET = "not reproduced"
SAME = "reproduced"
OTHER = "differs"


def of_store(store: Store, run_id: str | None = None) -> pl.DataFrame:
    """One row a self-reported run and task; of that run alone where one is named.

    Columns: run_id, task, metric, reported (the author's value), reproduced_by (the newest worker's run of the same thing, or
    null), reproduced (its value), reported_items and reproduced_items (scored items behind each), difference (reproduced less
    reported, in the metric's unit), tolerance (the same unit) and verdict: "reproduced" where the difference is within it,
    "differs" where not or where one of the two has no value, "not reproduced" where no worker ran it.
    """
    with store.reading() as cursor:
        return judged(frame(cursor, PAIRS, {"run_id": run_id}))


def judged(pairs: pl.DataFrame) -> pl.DataFrame:
    """The rows of PAIRS with difference, tolerance and verdict.

    The tolerance is the share of the range that the task's manifest gives, and never less than one item: in a bank of twenty,
    one item is a twentieth.
    """
    col = pl.col
    shares = {name: info.manifest.tolerance for name, info in catalog().items()}
    share = col("task").replace_strict(shares, default=DEFAULT_TOLERANCE, return_dtype=pl.Float64)
    item = 1 / pl.min_horizontal("reported_items", "reproduced_items").clip(1)
    within = col("difference").abs() <= col("tolerance") + 1e-12
    return (
        pairs.with_columns(
            difference=col("reproduced") - col("reported"), tolerance=pl.max_horizontal(share, item) * (col("hi") - col("lo"))
        )
        .with_columns(
            verdict=pl.when(col("reproduced_by").is_null())
            .then(pl.lit(NOT_YET))
            .when(within.fill_null(False))
            .then(pl.lit(SAME))
            .otherwise(pl.lit(OTHER))
        )
        .select(
            *("run_id", "task", "metric", "reported", "reproduced_by", "reproduced", "reported_items", "reproduced_items"),
            *("difference", "tolerance", "verdict"),
        )
    )


def reasons(pairs: pl.DataFrame) -> pl.DataFrame:
    """run_id, task and `reproduction`: why a self-reported score is not ranked, with what a worker's run gave."""
    col = pl.col
    params = {"value": col("reproduced"), "difference": col("difference").abs(), "tolerance": col("tolerance")}
    return pairs.select(
        "run_id",
        "task",
        reproduction=pl.when(col("verdict") == NOT_YET)
        .then(columns.reason(Code.SELF_REPORTED))
        .when(col("difference").is_null())
        .then(columns.reason(Code.SELF_REPORTED_UNSCORED))
        .when(col("verdict") == SAME)
        .then(columns.reason(Code.SELF_REPORTED_REPRODUCED, **params))
        .otherwise(columns.reason(Code.SELF_REPORTED_DIFFERS, **params)),
    )
