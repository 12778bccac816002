"""Published verdicts on the Judge tab: who labelled which replies, and how well people agreed with the labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board.reasons import Code
from counsel_leaderboard.leaderboard.judges import published
from counsel_leaderboard.leaderboard.judges.published import PublishedCard
from counsel_leaderboard.space.html import render

WHY: Final[dict[Code | None, str]] = {
    Code.LABELS_UNCHECKED: "no people have checked them",
    Code.LABELS_CHECKED_ELSEWHERE: "people checked its labels of other replies alone",
    Code.LABELS_DISAGREE_WITH_PEOPLE: "people who checked them agreed too little",
}


def is_published(judge: str) -> bool:
    """Whether a judge of this name is a set of published labels, which nobody can ask."""
    return judge.startswith(published.PREFIX)


def html(judged: pl.DataFrame, cards: Sequence[PublishedCard]) -> str:
    """The section on published labels, "" where no stored run has any; `judged` is the frame of `queries.judged`."""
    rows = judged.filter(pl.col("judge").str.starts_with(published.PREFIX))
    if rows.is_empty():
        return ""
    labellers = [
        {"name": str(name).removeprefix(published.PREFIX), "labels": [_labels(str(name), row, cards) for row in _sorted(part)]}
        for (name,), part in rows.group_by("judge", maintain_order=True)
    ]
    return render(
        "published_labels.html",
        labellers=labellers, people=published.PEOPLE, replies=published.REPLIES, floor=published.FLOOR,
    )  # fmt: skip


def trusts(judged: pl.DataFrame, cards: Sequence[PublishedCard]) -> list[tuple[str, str]]:
    """Each labeller's name with the sentence that says for which replies its labels are trusted, for which not, and why."""
    rows = judged.filter(pl.col("judge").str.starts_with(published.PREFIX))
    return [
        (str(name).removeprefix(published.PREFIX), _trust([_labels(str(name), row, cards) for row in _sorted(part)]))
        for (name,), part in rows.group_by("judge", maintain_order=True)
    ]


def _trust(entries: Sequence[dict[str, Any]]) -> str:
    by_reason: dict[Code | None, list[str]] = {}
    for entry in entries:
        code = entry["reason"].code if entry["reason"] else None
        by_reason.setdefault(code, []).append(entry["of"])
    clauses = []
    if names := by_reason.pop(None, []):
        clauses.append(f"Trusted for the replies of {', '.join(names)}, because people checked its labels of them and agreed")
    for code, names in by_reason.items():
        start = "not for those" if clauses else "Not trusted for the replies"
        clauses.append(f"{start} of {', '.join(names)}, because {WHY.get(code, 'they do not meet the limit')}")
    return "; ".join(clauses) + "."


def _sorted(rows: pl.DataFrame) -> list[dict[str, Any]]:
    return sorted(rows.iter_rows(named=True), key=lambda row: (row["task"], _rubric(row)))


def _labels(judge: str, row: dict[str, Any], cards: Sequence[PublishedCard]) -> dict[str, Any]:
    """One run's labels: the task, whose replies they are, how many, the card of them if people checked any, and the reason."""
    rubric = _rubric(row)
    own = [card for card in cards if (card.judge, card.task, card.of) == (judge, row["task"], rubric)]
    reason = published.reason(cards, row["task"], judge, rubric)
    return {
        "task": row["task"], "of": rubric.removeprefix("labels of "), "documents": row["n_docs"],
        "judged_rate": row["judged_rate"], "card": own[0] if own else None, "reason": reason,
    }  # fmt: skip


def _rubric(row: dict[str, Any]) -> str:
    return str(dict(json.loads(row["settings"]).get("judge") or {}).get("rubric") or "")
