"""What is stored about judges: what each of them judged, the share that has a verdict, and their cards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from counsel_leaderboard.leaderboard.judges.card import JudgeCard
from counsel_leaderboard.leaderboard.judges.qualification.thresholds import Thresholds
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.views import judge_cards, judge_trust
from counsel_leaderboard.space.views.published_labels import is_published


def judges(judged: pl.DataFrame) -> list[dict[str, Any]]:
    """One entry per judge that can be asked: model, revision, hosts, runs, and a row per task.

    `judged` is the frame of `queries.judged`.
    """
    entries = []
    for (model, revision), rows in judged.filter(pl.col("judge").is_not_null()).group_by(
        "judge", "judge_revision", maintain_order=True
    ):
        if is_published(str(model)):
            continue
        hosts = rows["judge_host"].drop_nulls().unique().sort().to_list()
        tasks = [_task(str(task), part) for (task,), part in rows.group_by("task", maintain_order=True)]
        entries.append(
            {"model": model, "revision": revision, "hosts": hosts, "runs": rows["run_id"].n_unique(), "tasks": tasks}
        )
    return entries


def _task(task: str, rows: pl.DataFrame) -> dict[str, Any]:
    """What one judge did in one task: runs, documents, the share with a verdict, its tokens if recorded, and the rubrics."""
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
    """The share of all documents that have a verdict."""
    return float(rated.select((pl.col("judged_rate") * pl.col("n_docs")).sum() / pl.col("n_docs").sum()).item())


def _tokens(records: list[dict[str, Any]]) -> tuple[int, int] | None:
    """The sums of prompt and completion tokens, or None unless every record has both."""
    pairs = [_token_pair(record) for record in records]
    if not pairs or any(pair is None for pair in pairs):
        return None
    return sum(pair[0] for pair in pairs if pair), sum(pair[1] for pair in pairs if pair)


def _token_pair(record: Mapping[str, Any]) -> tuple[int, int] | None:
    prompt, completion = record.get("prompt_tokens"), record.get("completion_tokens")
    return (prompt, completion) if isinstance(prompt, int) and isinstance(completion, int) else None


def examined(judged: pl.DataFrame, cards: Sequence[JudgeCard], thresholds: Thresholds) -> list[dict[str, Any]]:
    """The entries of `judges`, each with its newest card or None, followed by the judges that have a card but no run."""
    newest: dict[tuple[str, str | None], JudgeCard] = {}
    for card in cards:
        newest.setdefault((card.exam.model, card.exam.revision), card)
    entries = judges(judged)
    known = {(entry["model"], entry["revision"]) for entry in entries}
    entries += [
        {"model": model, "revision": revision, "hosts": [newest[model, revision].exam.url_host], "runs": 0, "tasks": []}
        for model, revision in newest
        if (model, revision) not in known
    ]
    for entry in entries:
        card_of_judge = newest.get((entry["model"], entry["revision"]))
        entry["card"] = judge_cards.card(card_of_judge, thresholds) if card_of_judge else None
        entry["trust"] = judge_trust.trust(entry)
    return entries


def html(
    judged: pl.DataFrame, cards: Sequence[JudgeCard], thresholds: Thresholds, labellers: Sequence[tuple[str, str]] = ()
) -> str:
    """The page of all judges. labellers: names and sentences of those whose labels were published, see `published_labels`."""
    unjudged = judged.filter(pl.col("judge").is_null() & (pl.col("role") == "candidate"))
    entries = examined(judged, cards, thresholds)
    return render(
        "judge.html",
        judges=entries,
        labellers=labellers,
        passed=any(task["qualifies"] for entry in entries if entry["card"] for task in entry["card"]["tasks"]),
        unjudged=unjudged["run_id"].n_unique(),
        board=Address(),
    )
