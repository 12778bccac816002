"""What is stored about judges: who judged what, and how much of it has a verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from space.address import Address
from space.pages import render


def judges(found: pl.DataFrame) -> list[dict[str, Any]]:
    """One entry a judge: model, revision, hosts, runs, and a row a task; `found` is the frame of leaderboard.facts.judged."""
    made = []
    for (model, revision), rows in found.filter(pl.col("judge").is_not_null()).group_by(
        "judge", "judge_revision", maintain_order=True
    ):
        hosts = rows["judge_host"].drop_nulls().unique().sort().to_list()
        tasks = [_task(str(task), part) for (task,), part in rows.group_by("task", maintain_order=True)]
        made.append({"model": model, "revision": revision, "hosts": hosts, "runs": rows["run_id"].n_unique(), "tasks": tasks})
    return made


def _task(task: str, rows: pl.DataFrame) -> dict[str, Any]:
    """What one judge did in one task: documents, the share with a verdict, tokens where they were recorded, the rubrics."""
    rated = rows.filter(pl.col("judged_rate").is_not_null())
    records = [dict(json.loads(text).get("judge") or {}) for text in rows["settings"]]
    return {
        "task": task,
        "runs": rows.height,
        "documents": int(rows["n_docs"].sum()),
        "judged_rate": _mean(rated) if rated.height else None,
        "tokens": _tokens(records),
        "rubrics": sorted({str(record["rubric"]) for record in records if record.get("rubric")}),
    }


def _mean(rated: pl.DataFrame) -> float:
    """The share of all documents that has a verdict."""
    return float(rated.select((pl.col("judged_rate") * pl.col("n_docs")).sum() / pl.col("n_docs").sum()).item())


def _tokens(records: list[dict[str, Any]]) -> tuple[int, int] | None:
    """Prompt and completion tokens, where every record says them."""
    pairs = [_pair(record) for record in records]
    if not pairs or any(pair is None for pair in pairs):
        return None
    return sum(pair[0] for pair in pairs if pair), sum(pair[1] for pair in pairs if pair)


def _pair(record: Mapping[str, Any]) -> tuple[int, int] | None:
    asked, given = record.get("prompt_tokens"), record.get("completion_tokens")
    return (asked, given) if isinstance(asked, int) and isinstance(given, int) else None


def html(found: pl.DataFrame) -> str:
    """The page."""
    unjudged = found.filter(pl.col("judge").is_null() & (pl.col("role") == "candidate"))
    return render("judge.html", judges=judges(found), unjudged=unjudged["run_id"].n_unique(), board=Address())
