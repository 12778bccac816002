"""Folders of lm-eval 0.4.13's exact shape, made from lists of items, for tests that need no model.

write(tmp_path, [Task("counsel_stigma", [Item("v1-q1", {"stigma": 1.0, "scored_rate": 1.0})])])
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from counsel_leaderboard.leaderboard.runs.lm_eval_output import Sample
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.registry.scoring.aggregate import Combine, combine

DATE = "2026-01-02T03-04-05.678901"


@dataclass(frozen=True)
class Item:
    """One document: its metrics as `process_results` gives them, one request unless `replies` holds more."""

    id: str
    metrics: dict[str, Any]
    cluster: str = ""
    stratum: str = "all"
    risk: bool = False
    content_note: str = ""
    prompt: str = "How are you?"
    replies: tuple[str, ...] = ("I hear you.",)
    verdicts: tuple[str, ...] | None = None
    target: str = "B"
    question: str = ""
    extra: dict[str, Any] = field(default_factory=dict)  # more fields of the document
    document: dict[str, Any] | None = None  # all of the document, where it is one of an installed bank
    requests: list[list[dict[str, str]]] | None = None  # the messages of each request, where they are a task's


@dataclass(frozen=True)
class Task:
    """One task: items, and what its manifest says of it. `full` is how many documents and items the whole bank has.

    `overall` is by default what the manifest of the installed task says, and true for tasks that are not installed.

    Metrics of `extra` have an aggregation of their own. `says_metrics`: whether its results hold the manifest's metrics, as
    those of older versions do not.
    """

    name: str
    items: list[Item]
    headline: str = "stigma"
    area: str = "stigma_response"
    combine: Combine = "items"
    range: tuple[float, float] = (0.0, 1.0)
    higher_is_better: bool = False
    ranked: bool = True
    overall: bool | None = None
    judged: bool = False
    judge: dict[str, Any] | None = None
    source: str = "open"
    dataset: str = "open-stigma"
    split: str = "test"
    settings: dict[str, Any] = field(default_factory=dict)
    version: str = "1.0"
    fingerprint: str = "sha256:" + "0" * 64
    full: int | None = None
    eligible: int | None = None
    filter: str = "none"
    extra: dict[str, float] = field(default_factory=dict)
    derived: dict[str, Any] = field(default_factory=dict)
    says_metrics: bool = True


def request(tasks: list[Task], *, model: str = "org/model", **changes: Any) -> dict[str, Any]:
    """A request.json that fits `tasks`."""
    return {
        "schema": 1,
        "model": {"name": model, "revision": "a" * 40, "family": None, "parameters": 135_000_000, "licence": "apache-2.0"},
        "role": "candidate",
        "engine": {"kind": "llama_cpp", "version": "1", "options": {}},
        "source": tasks[0].source,
        "tasks": {task.name: task.version for task in tasks},
        "limit": None,
        "judge": None,
        **changes,
    }


def write(
    folder: Path,
    tasks: list[Task],
    *,
    record: dict[str, Any] | None = None,
    date: float = 1767322800.0,
    model: str = "org/model",
    limit: int | None = None,
    nested: bool = False,
) -> Path:
    """Write the folder as lm_eval does, with `record` as request.json where given; the folder."""
    target = folder / model.replace("/", "__") if nested else folder
    target.mkdir(parents=True, exist_ok=True)
    for task in tasks:
        lines = [json.dumps(sample(task, number, item), ensure_ascii=False) for number, item in enumerate(task.items)]
        (target / f"samples_{task.name}_{DATE}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    text = json.dumps(results(tasks, date=date, model=model, limit=limit), indent=2, ensure_ascii=False)
    (target / f"results_{DATE}.json").write_text(text, encoding="utf-8")
    if record is not None:
        (folder / "request.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def sample(task: Task, number: int, item: Item) -> dict[str, Any]:
    """One line of a samples file."""
    requests = item.requests or [[{"role": "user", "content": item.prompt}]] * len(item.replies)
    messages = [json.dumps(request) for request in requests]
    doc = item.document or {
        "id": item.id,
        "cluster": item.cluster or item.id,
        "stratum": item.stratum,
        "dataset": task.dataset,
        "content_note": item.content_note,
        "risk": item.risk,
        "text": item.prompt,
        **({"question": item.question} if item.question else {}),
        **item.extra,
    }
    return {
        "doc_id": number,
        "doc": doc,
        "target": item.target,
        "arguments": {f"gen_args_{i}": {"arg_0": [text], "arg_1": {"max_gen_toks": 10}} for i, text in enumerate(messages)},
        "resps": [[reply] for reply in item.replies],
        "filtered_resps": list(item.verdicts or item.replies),
        "filter": task.filter,
        "metrics": list(item.metrics),
        "doc_hash": hashlib.sha256(json.dumps(doc, indent=2, ensure_ascii=False).encode()).hexdigest(),
        "prompt_hash": hashlib.sha256(messages[0].encode()).hexdigest(),
        "target_hash": hashlib.sha256(item.target.encode()).hexdigest(),
        **item.metrics,
    }


def results(tasks: list[Task], *, date: float, model: str, limit: int | None) -> dict[str, Any]:
    """results_<date>.json."""
    return {
        "results": {task.name: _row(task) for task in tasks},
        "group_subtasks": {task.name: [] for task in tasks},
        "configs": {task.name: _config(task) for task in tasks},
        "versions": {task.name: task.version for task in tasks},
        "n-shot": {task.name: 0 for task in tasks},
        "higher_is_better": {
            task.name: dict.fromkeys(_metric_names(task), True) | {task.headline: task.higher_is_better} for task in tasks
        },
        "n-samples": {task.name: {"original": task.full or len(task.items), "effective": len(task.items)} for task in tasks},
        "config": {
            "model": "local-chat-completions",
            "model_args": {"model": model},
            "batch_size": 1,
            "batch_sizes": [],
            "device": None,
            "use_cache": None,
            "limit": limit,
            "bootstrap_iters": 0,
            "gen_kwargs": None,
            "random_seed": 0,
            "numpy_seed": 1234,
            "torch_seed": 1234,
            "fewshot_seed": 1234,
        },
        "git_hash": None,
        "date": date,
        "pretty_env_info": "",
        "transformers_version": "N/A",
        "lm_eval_version": "0.4.13",
        "upper_git_hash": None,
        "task_hashes": {},
        "model_source": "local-chat-completions",
        "model_name": model,
        "model_name_sanitized": model.replace("/", "__"),
        "total_evaluation_time_seconds": "1.0",
    }


def _config(task: Task) -> dict[str, Any]:
    return {"task": task.name, "generation_kwargs": {"max_gen_toks": 10}, "metadata": _metadata(task)}


def _metric_names(task: Task) -> list[str]:
    return list(dict.fromkeys(name for item in task.items for name in item.metrics)) + list(task.extra)


def _row(task: Task) -> dict[str, Any]:
    """Every metric as its mean over items, the headline as its task combines it; lm-eval leaves out what no item has."""
    row: dict[str, Any] = {"name": task.name, "alias": task.name, "sample_len": len(task.items)}
    for metric in dict.fromkeys(name for item in task.items for name in item.metrics):
        items = [
            Sample.model_validate(sample(task, n, item)).item(metric)
            for n, item in enumerate(task.items)
            if metric in item.metrics
        ]
        row[f"{metric},{task.filter}"] = combine(items, task.combine if metric == task.headline else "items")
        row[f"{metric}_stderr,{task.filter}"] = "N/A"
    return row | {f"{name},{task.filter}": value for name, value in task.extra.items()}


def _metrics(task: Task) -> dict[str, Any]:
    """Breakdowns of the headline have its range, rates 0 to 1, any other metric an open one."""
    ranges = {}
    for name in _metric_names(task):
        ends = task.range if name.startswith(task.headline) else (0, 1) if name.endswith("_rate") else (None, None)
        better = task.higher_is_better if name == task.headline else True
        how = task.combine if name == task.headline else "custom" if name in task.extra else "items"
        ranges[name] = {"range": ends, "higher_is_better": better, "combine": how, "kind": "companion"}
    return ranges


def _overall(task: Task) -> bool:
    if task.overall is not None:
        return task.overall
    return catalog()[task.name].manifest.overall if task.name in catalog() else True


def _metadata(task: Task) -> dict[str, Any]:
    return {
        "version": task.version,
        "area": task.area,
        "headline": task.headline,
        "combine": task.combine,
        "range": list(task.range),
        "ranked": task.ranked,
        "overall": _overall(task),
        "judged": task.judged,
        "source": task.source,
        "judge": task.judge,
        **({"metrics": _metrics(task), "derived": task.derived} if task.says_metrics else {}),
        "base_url": "http://key@host/v1",
        **task.settings,
        "dataset": {
            "name": task.dataset,
            "split": task.split,
            "revision": None,
            "fingerprint": task.fingerprint,
            "items": task.full or len(task.items),
            **({} if task.eligible is None else {"eligible": task.eligible}),
        },
    }


def stored_samples(home: Path) -> pl.DataFrame:
    """The samples of all runs of a home, out of their Parquet files."""
    return pl.read_parquet(home / "cache" / "*" / "samples.parquet")


def samples_of(folder: Path) -> Path:
    return next(folder.rglob("samples_*.jsonl"))


def results_of(folder: Path) -> Path:
    return next(folder.rglob("results_*.json"))


def change_results(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    value = json.loads(results_of(folder).read_text())
    change(value)
    results_of(folder).write_text(json.dumps(value))


def change_sample(folder: Path, line: int, change: Callable[[dict[str, Any]], object]) -> None:
    lines = [json.loads(text) for text in samples_of(folder).read_text().splitlines()]
    change(lines[line])
    samples_of(folder).write_text("".join(f"{json.dumps(value)}\n" for value in lines))
