"""Judges that exist in tests alone: their scores of the anchors, and their verdicts beside ratings by people."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from counsel_leaderboard.leaderboard.judges import published
from counsel_leaderboard.leaderboard.judges.human_ratings import ReplyRatings
from counsel_leaderboard.leaderboard.judges.scales.anchors import FOLDER, SCHEMA, SET, AnchorJudge, AnchorScores

KINDS = ("a", "b", "c", "d")
LABELS = {"model": "published: tested labels", "revision": "c" * 40, "rubric": "tested replies"}
"""A judge of `counsel_response` as a run's results record it; `qualify` gives it the right to rank."""


def qualify(home: Path, agreement: float = 1.0) -> None:
    """Store the card of LABELS, which qualifies with an agreement of .8 and more with people."""
    card = published.PublishedCard(
        judge=LABELS["model"], revision=LABELS["revision"], task="counsel_response", of=LABELS["rubric"], file="labels.csv",
        people=2, replies=98, clusters=49, agreement=agreement, low=agreement, high=agreement, kappa=agreement,
    )  # fmt: skip
    published.save(card, home)


Value = Callable[[int, int], float | None]


def judge(name: str) -> AnchorJudge:
    return AnchorJudge(model=name, prompt_version="1", rubrics={"counsel_response": "sha256:1"})


def scored(name: str, value: Value, documents: int = 10, kinds: tuple[str, ...] = KINDS, anchors: str = "set") -> AnchorScores:
    """`value` of the place of a kind and of a document."""
    rows = [
        {
            "id": f"{kind}/{document}",
            "task": "counsel_response",
            "kind": kind,
            "cluster": f"d{document}",
            "value": value(at, document),
        }
        for at, kind in enumerate(kinds)
        for document in range(documents)
    ]
    return AnchorScores(anchors, judge(name), pl.DataFrame(rows, schema=SCHEMA))


def keep(scores: AnchorScores, home: Path) -> Path:
    """Store a judge's scores as `counsel judge anchors` does; the file."""
    folder = home / FOLDER / scores.set
    folder.mkdir(parents=True, exist_ok=True)
    anchors = scores.values.drop("value").to_dicts()
    (folder / SET).write_text("".join(f"{json.dumps(anchor)}\n" for anchor in anchors), encoding="utf-8")
    lines = [{"judge": scores.judge.model_dump()}, *scores.values.select("id", "value").to_dicts()]
    file = folder / f"{scores.judge.id}.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return file


NOBODY = pl.DataFrame(
    schema=dict.fromkeys(("judge", "judge_revision", "judge_host", "run_id", "task", "role", "settings"), pl.String)
    | {"n_docs": pl.Int64, "judged_rate": pl.Float64}
)


def rated_lines(
    rated: Sequence[tuple[Sequence[float], float | None]], task: str = "counsel_response", name: str = "answer"
) -> list[ReplyRatings]:
    return [
        ReplyRatings(
            task=task, line=line, cluster=line, ratings=tuple({name: rating} for rating in ratings),
            verdict=None if verdict is None else {name: verdict},
        )
        for line, (ratings, verdict) in enumerate(rated)
    ]  # fmt: skip
