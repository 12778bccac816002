"""Turns a run folder into the rows of the DuckDB and Parquet tables: one polars frame per table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from counsel_leaderboard.leaderboard.runs.files import RUN_AGAIN, ResultsError
from counsel_leaderboard.leaderboard.runs.lm_eval_output import TaskMetadata
from counsel_leaderboard.leaderboard.runs.read import RunFolder, TaskRun
from counsel_leaderboard.leaderboard.runs.validate import items_of
from counsel_leaderboard.leaderboard.statistics.intervals import intervals as score_intervals
from counsel_leaderboard.leaderboard.store import schema
from counsel_leaderboard.leaderboard.store.derived_scores import with_derived
from counsel_leaderboard.leaderboard.store.sample_rows import sample_rows
from counsel_leaderboard.leaderboard.store.score_intervals import Intervals, with_intervals
from counsel_leaderboard.registry.common.hashing import canonical
from counsel_leaderboard.registry.manifests import RATES
from counsel_leaderboard.registry.manifests.schema import inside
from counsel_leaderboard.registry.scoring.aggregate import ScoredItem

SCORED = "scored_rate"
OLDER_NOTE = "of an older version of the task, whose results do not say this metric's range"
NOT_METRICS = {"judge", "prompt_form", "thinking_tokens"}
SETTINGS = ("gen_kwargs", "random_seed", "numpy_seed", "torch_seed", "fewshot_seed")


@dataclass(frozen=True)
class MetricItems:
    """All values of one metric of one task: (item id, ScoredItem) in document order."""

    metric: str
    items: list[tuple[str, ScoredItem]]

    @property
    def scored(self) -> list[ScoredItem]:
        """Those that have a value."""
        return [item for _, item in self.items if item.value is not None]


def frames(run: RunFolder, intervals: Intervals | None = score_intervals) -> dict[str, pl.DataFrame]:
    """The rows of `run` by table: schema.OF_A_RUN and schema.PARQUET. Raises ResultsError for invalid values."""
    run_id = run.run_id
    rows: dict[str, list[dict[str, Any]]] = {"tasks": [], "scores": [], "samples": []}
    items: list[pl.DataFrame] = []
    headlines: list[pl.DataFrame] = []
    for task in run.tasks:
        metrics = {name: MetricItems(name, items_of(task, name)) for name in sorted(_metrics(task))}
        metrics[task.metadata.headline] = _with_unscored(task, metrics[task.metadata.headline])
        is_sample = _is_sample(task)
        rows["tasks"].append(_task_row(run_id, task, is_sample, metrics))
        rows["scores"] += [_score_row(run_id, task, is_sample, metrics, name) for name in metrics]
        by_metric = {name: _items_frame(run_id, task.name, values) for name, values in metrics.items()}
        items += by_metric.values()
        headlines.append(by_metric[task.metadata.headline].select(list(schema.COLUMNS["headline_items"])))
        rows["samples"] += sample_rows(run_id, task, dict(metrics[task.metadata.headline].items))
    tables = {name: schema.frame(name, values) for name, values in rows.items()}
    tables["items"], tables["headline_items"] = pl.concat(items), pl.concat(headlines)
    tables["scores"] = with_intervals(tables["scores"], tables["items"], intervals)
    if intervals is not None:
        derived = [(task.name, name, score) for task in run.tasks for name, score in task.metadata.derived.items()]
        tables["scores"] = with_derived(tables["scores"], tables["items"], _questions(run), derived)
    return {"runs": schema.frame("runs", [_run_row(run, run_id)]), **tables}


def _questions(run: RunFolder) -> pl.DataFrame:
    """task, item, facet: the question of every document, for tasks that ask the same set of questions of every cluster."""
    fields = [
        (task, score.using) for task in run.tasks for score in task.metadata.derived.values() if score.method == "questions"
    ]
    questions = [
        (task.name, sample.doc.id, (sample.doc.model_extra or {}).get(field))
        for task, field in fields
        for sample in task.samples
    ]
    named = [row for row in questions if isinstance(row[2], str) and row[2]]
    return pl.DataFrame(named, schema=dict.fromkeys(("task", "item", "facet"), pl.String), orient="row")


def _with_unscored(task: TaskRun, headline: MetricItems) -> MetricItems:
    """The headline's items, and those that it covers (they have a scored rate) without a value."""
    scored = dict(headline.items)
    covered = [sample.doc for sample in task.samples if sample.doc.id in scored or SCORED in sample.metrics]
    items = [(doc.id, scored.get(doc.id, ScoredItem(None, 1.0, doc.stratum, doc.cluster))) for doc in covered]
    return MetricItems(headline.metric, items)


def _metrics(task: TaskRun) -> set[str]:
    return {task.metadata.headline, *task.reported, *(name for sample in task.samples for name in sample.metrics)}


def _is_sample(task: TaskRun) -> bool:
    """Whether fewer documents were asked than the task had, or than its bank gives."""
    return len(task.samples) < max(task.documents, task.metadata.dataset.items)


def _run_row(run: RunFolder, run_id: str) -> dict[str, Any]:
    request, config = run.request, run.results.config
    row: dict[str, Any] = {
        "run_id": run_id,
        "spec_id": request.spec_id if request else None,
        "self_reported": request is None,
        "role": request.role if request else "candidate",
        "source": run.tasks[0].metadata.source,
        "run_limit": config.limit,
        "started_at": datetime.fromtimestamp(run.results.date, tz=UTC).replace(tzinfo=None),
        "lm_eval_version": run.results.lm_eval_version,
        "settings": canonical({name: getattr(config, name) for name in SETTINGS}),
    }
    return row | _model_columns(run) | _engine_columns(run)


def _model_columns(run: RunFolder) -> dict[str, Any]:
    declared = run.request or run.report
    if declared is None:
        return {"model": run.results.model_name, "revision": None, "family": None, "parameters": None, "licence": None}
    model = declared.model.model_dump()
    return {"model": model.pop("name"), **model}


def _engine_columns(run: RunFolder) -> dict[str, Any]:
    request, judge = run.request, run.judge
    return {
        "engine": request.engine.kind if request else run.results.config.model,
        "engine_version": request.engine.version if request else None,
        "engine_options": canonical(request.engine.options if request else {}),
        "judge": judge.model if judge else None,
        "judge_revision": judge.revision if judge else None,
        "judge_host": judge.url_host if judge else None,
    }


def _task_row(run_id: str, task: TaskRun, is_sample: bool, metrics: dict[str, MetricItems]) -> dict[str, Any]:
    meta, data = task.metadata, task.metadata.dataset
    return {
        "run_id": run_id,
        "task": task.name,
        "task_version": meta.version,
        **meta.model_dump(include={"area", "headline", "combine", "ranked", "overall", "judged"}),
        "lo": meta.range[0],
        "hi": meta.range[1],
        "dataset": data.name,
        "dataset_split": data.split,
        "dataset_revision": data.revision,
        "dataset_fingerprint": data.fingerprint,
        "n_docs": len(task.samples),
        "n_docs_full": max(task.documents, data.items),
        "sample": is_sample,
        "settings": canonical(
            {"generation_kwargs": task.config.generation_kwargs, **meta.model_dump(include=NOT_METRICS), **_clients(meta)}
        ),
        "scored_rate": _scored_rate(metrics[meta.headline], metrics.get(SCORED)),
    }


def _clients(meta: TaskMetadata) -> dict[str, str]:
    return {} if meta.clients_worded_by is None else {"clients_worded_by": meta.clients_worded_by}


def _scored_rate(headline: MetricItems, shares: MetricItems | None) -> float | None:
    """The share of what the headline covers that has a score, or None when the task never says what it covers.

    The mean of `scored_rate`, and at most the share of its documents that have a value, so that neither can be overstated.
    """
    if shares is None or not shares.items:
        return None
    stated = sum(item.value or 0.0 for _, item in shares.items)
    return min(stated, float(len(headline.scored))) / len(shares.items)


def _score_row(run_id: str, task: TaskRun, is_sample: bool, metrics: dict[str, MetricItems], name: str) -> dict[str, Any]:
    scored = metrics[name].scored
    is_headline = name == task.metadata.headline
    eligible = len(metrics[SCORED].items) if SCORED in metrics else None
    return {
        "run_id": run_id,
        "task": task.name,
        "metric": name,
        "headline": is_headline,
        "higher_is_better": task.higher_is_better.get(name, True),
        **_rule(task, name, scored),
        "value": task.reported.get(name),
        "n_items": len(scored),
        "n_clusters": len({item.cluster for item in scored}),
        "n_unscored": eligible - len(scored) if is_headline and eligible is not None else None,
        "n_total": (task.metadata.dataset.eligible if is_sample else eligible) if is_headline else None,
    }


def _rule(task: TaskRun, name: str, scored: list[ScoredItem]) -> dict[str, Any]:
    """How a metric combines its items, its range and its direction, from the manifest; null where unknown.

    Raises ResultsError where an item's value lies outside the range.
    """
    meta = task.metadata
    direction = {"higher_is_better": meta.metrics[name].higher_is_better} if name in meta.metrics else {}
    if name == meta.headline:
        _check_range(task, name, meta.range, scored)
        return {"combine": meta.combine, "lo": meta.range[0], "hi": meta.range[1], **direction}
    metric = meta.metrics.get(name) or RATES.get(name)
    if metric is None:
        return {"combine": None, "lo": None, "hi": None, "note": OLDER_NOTE if not meta.metrics else None}
    if metric.combine != "custom":  # only a custom aggregation knows what its items hold
        _check_range(task, name, metric.range, scored)
    low, high = metric.range if None not in metric.range else (None, None)
    return {"combine": metric.combine if metric.combine != "custom" else None, "lo": low, "hi": high, **direction}


def _check_range(task: TaskRun, name: str, ends: tuple[float | None, float | None], scored: list[ScoredItem]) -> None:
    outside = [item.value for item in scored if item.value is not None and not inside(item.value, ends)]
    if outside:
        raise ResultsError(
            f"{task.file}: {name} has the value {outside[0]}, and its range in {task.name} {task.metadata.version} is "
            f"{ends[0]} to {ends[1]}. Correct the task's manifest or its scoring, then {RUN_AGAIN}."
        )


def _items_frame(run_id: str, task: str, values: MetricItems) -> pl.DataFrame:
    ids = [item_id for item_id, _ in values.items]
    items = [item for _, item in values.items]
    return pl.DataFrame(
        {
            "run_id": [run_id] * len(ids),
            "task": [task] * len(ids),
            "metric": [values.metric] * len(ids),
            "item": ids,
            "stratum": [item.stratum for item in items],
            "cluster": [item.cluster for item in items],
            "value": [item.value for item in items],
            "weight": [item.weight for item in items],
        },
        schema=schema.COLUMNS["items"],
    )
