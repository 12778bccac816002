"""Invented runs of many models and one run of many samples, written straight into the tables: what space_speed.py shows."""

from __future__ import annotations

import datetime
import json
import random

import polars as pl

from counsel_leaderboard.leaderboard.store import run_parquet, schema
from counsel_leaderboard.leaderboard.store.database import Store, append
from counsel_leaderboard.registry.manifests import catalog, overall_tasks

TASKS = {name: (catalog()[name].manifest.area, catalog()[name].manifest.headline) for name in overall_tasks("open")}


def fill(store: Store, models: int, samples: int) -> str:
    """Write invented runs into the tables, none of them ranked; the id of the run that has `samples` samples."""
    rng = random.Random(1)
    runs, tasks, scores = [], [], []
    for number in range(models):
        run = f"{number:016x}"
        runs.append(_run(run, number))
        for task, (area, metric) in TASKS.items():
            tasks.append(_task(run, task, area, metric))
            value = rng.random()
            scores.append(_score(run, task, metric, value))
    with store.writing() as cursor:
        for table, rows in (("runs", runs), ("tasks", tasks), ("scores", scores)):
            append(cursor, table, pl.DataFrame(rows, infer_schema_length=None))
        run_id = str(runs[0]["run_id"])
        items = schema.frame("items", [_item(run_id, position, rng) for position in range(samples)])
        append(cursor, "headline_items", items.drop("metric"))
    of_run = {
        "items": items,
        "samples": schema.frame("samples", [_sample(run_id, position, rng) for position in range(samples)]),
    }
    run_parquet.write(store.home, run_id, of_run)
    return run_id


PROMPT = json.dumps([[{"role": "user", "content": "A line of a invented prompt. " * 20}]])


def _run(run: str, number: int) -> dict[str, object]:
    return {
        "run_id": run,
        "spec_id": run,
        "self_reported": False,
        "role": "candidate",
        "model": f"org{number % 50}/model-{number}",
        "revision": None,
        "family": f"family {number % 9}",
        "parameters": 10**9 * (number % 70 + 1),
        "licence": "mit",
        "engine": "vllm",
        "engine_version": "1",
        "engine_options": "{}",
        "source": "open",
        "judge": None,
        "judge_revision": None,
        "judge_host": None,
        "run_limit": 24.0,
        "started_at": datetime.datetime(2026, 1, 1),
        "lm_eval_version": "0",
        "settings": "{}",
    }


def _task(run: str, task: str, area: str, metric: str) -> dict[str, object]:
    return {
        "run_id": run,
        "task": task,
        "task_version": "1.0",
        "area": area,
        "headline": metric,
        "combine": "items",
        "lo": 0.0,
        "hi": 1.0,
        "ranked": True,
        "overall": True,
        "judged": False,
        "dataset": "open-stigma",
        "dataset_split": "test",
        "dataset_revision": None,
        "dataset_fingerprint": "sha256:0",
        "n_docs": 24,
        "n_docs_full": 1296,
        "sample": True,
        "settings": "{}",
        "scored_rate": 1.0,
    }


def _score(run: str, task: str, metric: str, value: float) -> dict[str, object]:
    return {
        "run_id": run,
        "task": task,
        "metric": metric,
        "headline": True,
        "higher_is_better": metric != "stigma",
        "combine": "items",
        "lo": 0.0,
        "hi": 1.0,
        "value": value,
        "low": max(0.0, value - 0.1),
        "high": min(1.0, value + 0.1),
        "n_items": 24,
        "n_clusters": 6,
        "n_unscored": 0,
        "n_total": 24,
    }


def _sample(run: str, position: int, rng: random.Random) -> dict[str, object]:
    return {
        "run_id": run,
        "task": "counsel_stigma",
        "item_id": f"item-{position}",
        "position": position,
        "cluster": f"c{position // 6}",
        "stratum": f"s{position // 6 % 4}",
        "dataset": "open-stigma",
        "content_note": "",
        "risk": False,
        "score": rng.random(),
        "doc": "{}",
        "prompt": PROMPT,
        "target": '""',
        "answer": '["A invented reply."]',
        "verdict": None,
        "metrics": '{"stigma": 1.0}',
        "answer_hash": "sha256:0",
    }


def _item(run: str, position: int, rng: random.Random) -> dict[str, object]:
    return {
        "run_id": run,
        "task": "counsel_stigma",
        "metric": "stigma",
        "item": f"item-{position}",
        "stratum": f"s{position // 6 % 4}",
        "cluster": f"c{position // 6}",
        "value": rng.random(),
        "weight": 1.0,
    }
