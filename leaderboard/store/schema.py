"""The tables of the DuckDB file and of each run's Parquet files, and the same as polars frames.

All that is in them is derived from the home folder's other files.

No primary or foreign keys: DuckDB keeps an index in memory for each, and a foreign key makes deleting and inserting one run
in one transaction fail. Ingest checks what they would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from counsel_leaderboard.leaderboard.runs.files import ResultsError

# Raised whenever a table changes; a DuckDB or Parquet file of another version is derived again, never migrated.
VERSION = 4

TABLES: dict[str, str] = {
    "schema_version": "version INTEGER NOT NULL",
    # One row a stored run. started_at is lm-eval's own, so that a rebuild gives the same rows.
    "runs": """
        run_id VARCHAR NOT NULL, spec_id VARCHAR, self_reported BOOLEAN NOT NULL, role VARCHAR NOT NULL,
        model VARCHAR NOT NULL, revision VARCHAR, family VARCHAR, parameters BIGINT, licence VARCHAR,
        engine VARCHAR NOT NULL, engine_version VARCHAR, engine_options VARCHAR NOT NULL, source VARCHAR NOT NULL,
        judge VARCHAR, judge_revision VARCHAR, judge_host VARCHAR, run_limit DOUBLE,
        started_at TIMESTAMP NOT NULL, lm_eval_version VARCHAR NOT NULL, settings VARCHAR NOT NULL""",
    # One row a run and task. n_docs documents were asked of the n_docs_full that the task has; sample: fewer than all.
    "tasks": """
        run_id VARCHAR NOT NULL, task VARCHAR NOT NULL, task_version VARCHAR NOT NULL, area VARCHAR NOT NULL,
        headline VARCHAR NOT NULL, combine VARCHAR NOT NULL, lo DOUBLE NOT NULL, hi DOUBLE NOT NULL,
        ranked BOOLEAN NOT NULL, overall BOOLEAN NOT NULL, judged BOOLEAN NOT NULL, dataset VARCHAR NOT NULL,
        dataset_split VARCHAR NOT NULL, dataset_revision VARCHAR, dataset_fingerprint VARCHAR NOT NULL,
        n_docs INTEGER NOT NULL, n_docs_full INTEGER NOT NULL, sample BOOLEAN NOT NULL, settings VARCHAR NOT NULL,
        scored_rate DOUBLE""",
    # One row a run, task and metric. combine is NULL where the value is no mean of items; then it has no interval.
    # lo and hi: the metric's range where it is known. interval: the method of low and high, as leaderboard.statistics names it;
    # bound_low and bound_high: the value had every unscored item been lowest, or highest. n_unscored and n_total are known for
    # the headline alone; n_total is NULL for a sample of a bank that does not say.
    "scores": """
        run_id VARCHAR NOT NULL, task VARCHAR NOT NULL, metric VARCHAR NOT NULL, headline BOOLEAN NOT NULL,
        higher_is_better BOOLEAN NOT NULL, combine VARCHAR, lo DOUBLE, hi DOUBLE,
        value DOUBLE, low DOUBLE, high DOUBLE, interval VARCHAR, conservative BOOLEAN, note VARCHAR,
        bound_low DOUBLE, bound_high DOUBLE,
        n_items INTEGER NOT NULL, n_clusters INTEGER NOT NULL, n_unscored INTEGER, n_total INTEGER""",
    # One row a run, task and document that the task's headline covers; value NULL where it could not be scored. The board ranks
    # on these; the items of the other metrics are in the run's Parquet file.
    "headline_items": """
        run_id VARCHAR NOT NULL, task VARCHAR NOT NULL, item VARCHAR NOT NULL, stratum VARCHAR NOT NULL,
        "cluster" VARCHAR NOT NULL, value DOUBLE, weight DOUBLE NOT NULL""",
    # One row a request of the queue, as requests/<id>.json says. "like": hash of tasks and items, for the estimate of time.
    # lease_until, stage, done and total come from heartbeats, are in no file, and are NULL unless it runs.
    "requests": """
        spec_id VARCHAR NOT NULL, model VARCHAR NOT NULL, engine VARCHAR NOT NULL, judge VARCHAR, parameters BIGINT,
        submitter VARCHAR NOT NULL, address VARCHAR, priority INTEGER NOT NULL, "like" VARCHAR NOT NULL,
        asked VARCHAR NOT NULL, about VARCHAR NOT NULL, state VARCHAR NOT NULL, attempts INTEGER NOT NULL,
        worker VARCHAR, lease VARCHAR, reason VARCHAR, failures VARCHAR[] NOT NULL, run_id VARCHAR,
        submitted_at TIMESTAMP NOT NULL, changed_at TIMESTAMP NOT NULL, started_at TIMESTAMP, finished_at TIMESTAMP,
        lease_until TIMESTAMP, stage VARCHAR, done BIGINT, total BIGINT""",
    # The ledger retractions.jsonl as a table.
    "retractions": "run_id VARCHAR NOT NULL, reason VARCHAR NOT NULL, retracted_at TIMESTAMP NOT NULL",
}

# The tables that hold a run's rows, each with run_id.
OF_A_RUN = ("runs", "tasks", "scores", "headline_items")

# The tables of which each run has a Parquet file of its own, read only when somebody looks at them.
PARQUET: dict[str, str] = {
    # One row a task, metric and document that the metric covers; value NULL where it could not be scored.
    "items": """
        run_id VARCHAR NOT NULL, task VARCHAR NOT NULL, metric VARCHAR NOT NULL, item VARCHAR NOT NULL,
        stratum VARCHAR NOT NULL, "cluster" VARCHAR NOT NULL, value DOUBLE, weight DOUBLE NOT NULL""",
    # One row a task and document. score is the headline's value; doc, prompt, target, answer, verdict and metrics are JSON.
    "samples": """
        run_id VARCHAR NOT NULL, task VARCHAR NOT NULL, item_id VARCHAR NOT NULL, "position" INTEGER NOT NULL,
        "cluster" VARCHAR NOT NULL, stratum VARCHAR NOT NULL, dataset VARCHAR NOT NULL, content_note VARCHAR NOT NULL,
        risk BOOLEAN, score DOUBLE, doc VARCHAR NOT NULL, prompt VARCHAR, target VARCHAR NOT NULL, answer VARCHAR NOT NULL,
        verdict VARCHAR, metrics VARCHAR NOT NULL, answer_hash VARCHAR NOT NULL""",
}

_TYPES: dict[str, pl.DataType] = {
    "VARCHAR": pl.String(),
    "VARCHAR[]": pl.List(pl.String()),
    "BOOLEAN": pl.Boolean(),
    "INTEGER": pl.Int32(),
    "BIGINT": pl.Int64(),
    "DOUBLE": pl.Float64(),
    "TIMESTAMP": pl.Datetime("us"),
}


def _columns(definition: str) -> dict[str, pl.DataType]:
    """The columns of a table and the polars type of each, in order."""
    words = [column.split() for column in definition.split(",")]
    return {name.strip('"'): _TYPES[kind] for name, kind, *_ in words}


COLUMNS: dict[str, dict[str, pl.DataType]] = {table: _columns(text) for table, text in (TABLES | PARQUET).items()}


def frame(table: str, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """`rows` as a frame with the table's columns, whatever the rows hold: a type is never inferred from values.

    A column that a row does not name is null. Raises ResultsError for a value that its column cannot hold.
    """
    try:
        return pl.DataFrame(list(rows), schema=COLUMNS[table])
    except (pl.exceptions.PolarsError, OverflowError, UnicodeEncodeError) as error:
        raise ResultsError(
            f"{table}: holds a value that is larger than its column, or of another type. Nothing was stored; correct it where "
            "it was written."
        ) from error


def create_statements() -> list[str]:
    """The statements that lay out an empty DuckDB file."""
    return [f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()]
