"""What is stored about judges: who judged what, how much of it has a verdict, and what their cards say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from counsel_leaderboard.leaderboard.judges.card import Card
from counsel_leaderboard.leaderboard.judges.thresholds import Bar
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.views import judge_cards


def judges(found: pl.DataFrame) -> list[dict[str, Any]]:
    """One entry a judge: model, revision, hosts, runs, and a row a task; `found` is the frame of `queries.judged`."""
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


def examined(found: pl.DataFrame, cards: Sequence[Card], bar: Bar) -> list[dict[str, Any]]:
    """The entries of `judges`, each with its newest card or None, and after them the judges that have a card and no run."""
    newest: dict[tuple[str, str | None], Card] = {}
    for card in cards:
        newest.setdefault((card.exam.model, card.exam.revision), card)
    entries = judges(found)
    known = {(entry["model"], entry["revision"]) for entry in entries}
    entries += [
        {"model": model, "revision": revision, "hosts": [newest[model, revision].exam.url_host], "runs": 0, "tasks": []}
        for model, revision in newest
        if (model, revision) not in known
    ]
    for entry in entries:
        own = newest.get((entry["model"], entry["revision"]))
        entry["card"] = judge_cards.card(own, bar) if own else None
    return entries


def html(found: pl.DataFrame, cards: Sequence[Card], bar: Bar) -> str:
    """The page."""
    unjudged = found.filter(pl.col("judge").is_null() & (pl.col("role") == "candidate"))
    entries = examined(found, cards, bar)
    return render(
        "judge.html",
        judges=entries,
        passed=any(task["qualifies"] for entry in entries if entry["card"] for task in entry["card"]["tasks"]),
        unjudged=unjudged["run_id"].n_unique(),
        board=Address(),
    )
