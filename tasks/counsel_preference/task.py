"""Win rate of a model's replies against fixed reference replies, judged in both orders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.scoring.choices import outcome, win
from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.counselor import conversation
from counsel_leaderboard.tasks.common.order import Doc, balanced
from counsel_leaderboard.tasks.common.settings import TaskSettings
from counsel_leaderboard.tasks.common.source import Items, TaskSuite, load
from counsel_leaderboard.tasks.judge.plan import JudgingPlan, judged_rates, stored
from counsel_leaderboard.tasks.judge.prompts import PromptPart

REFERENCE = "COUNSEL_PREFERENCE_REFERENCE"
"""A JSONL file of {"id", "model", "reply"}: another model's replies to every speech, which replace the bank's own."""

Row = Mapping[str, Any]


class ReferenceFileError(CounselError):
    """The file of reference replies cannot be used."""


def documents(source: str = "open") -> Items:
    """Open speeches with the bank's reference replies, or the published questions with their preferred ones (`upstream`)."""
    suites = {
        "open": TaskSuite("open-preference", from_bank),
        "upstream": TaskSuite("psychocounsel-preference", from_upstream),
    }
    items = load("counsel_preference", source, suites)
    name = f"the preferred replies of {items.dataset['name']}" if source != "open" else "the bank's own reference replies"
    if path := TaskSettings.read().reference:
        name = replace_references(items.docs, path)
    items.record["reference"] = {"name": name, "sha256": references_hash(items.docs)}
    return items


def from_bank(rows: Sequence[Row]) -> list[Doc]:
    """One document per speech, in a seeded order balanced over themes."""
    fields = ("id", "theme", "content_note", "speech", "reference")
    return balanced([document("open-preference", *(row[name] for name in fields)) for row in rows])


def from_upstream(rows: Sequence[Row]) -> list[Doc]:
    """One document for each question of the published pairs; its first pair gives the reference."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row["question"], row)
    return balanced(
        [
            document("psychocounsel-preference", f"{row['ID']}/{row['prefID']}", "all", "", row["question"], row["chosen"])
            for row in first.values()
        ]
    )


def document(dataset: str, name: str, stratum: str, note: str, speech: str, reference: str) -> Doc:
    """One speech and the reply that the model is compared with."""
    return {
        "id": name,
        "cluster": name,
        "stratum": stratum,
        "dataset": dataset,
        "content_note": note,
        "risk": False,
        "target": reference,
        "speech": speech,
        "reference": reference,
    }


def replace_references(docs: Sequence[Doc], path: Path) -> str:
    """Replace the references with a file's replies and name the model that wrote them. Raises ReferenceFileError."""
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        replies = {str(line["id"]): str(line["reply"]) for line in lines}
        models = {str(line["model"]) for line in lines}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ReferenceFileError(
            f'{REFERENCE}={path}: is not a file with {{"id", "model", "reply"}} on each line ({error!r}).'
        ) from error
    missing = [doc["id"] for doc in docs if not replies.get(doc["id"])]
    if missing or len(models) != 1:
        raise ReferenceFileError(
            f"{REFERENCE}={path}: must hold one model's reply to every speech; it has {len(models)} models and no reply to "
            f"{len(missing)} speeches (first: {', '.join(missing[:3]) or 'none'})."
        )
    for doc in docs:
        doc["reference"] = doc["target"] = replies[doc["id"]]
    return f"replies of {models.pop()}"


def references_hash(docs: Sequence[Doc]) -> str:
    """The sha256 of ids and references, sorted by id."""
    pairs = sorted((doc["id"], doc["reference"]) for doc in docs)
    return "sha256:" + hashlib.sha256(json.dumps(pairs, ensure_ascii=False).encode()).hexdigest()


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The speech as the client's first message."""
    return [conversation([("client", doc["speech"])])]


def views(doc: Mapping[str, Any], reply: str) -> list[tuple[PromptPart, ...]]:
    """Two calls: the model's reply as A, then as B."""
    speech = PromptPart("What the client said", doc["speech"], context=True)
    return [
        (speech, PromptPart("Reply A", first), PromptPart("Reply B", second))
        for first, second in ((reply, doc["reference"]), (doc["reference"], reply))
    ]


PLAN = JudgingPlan(Path(__file__).with_name("rubric.md"), views, {"choice": {"type": "string", "enum": ["A", "B", "tie"]}})


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one speech. An empty reply loses without a judge; if one order is unreadable there is no comparison."""
    judgement = stored(results[0])
    metrics: dict[str, Record] = {**judged_rates(judgement)}
    if judgement["words"]:
        metrics["len_ratio"] = judgement["words"] / len(doc["reference"].split())
    if judgement["state"] == "empty":
        return metrics | {"win_rate": 0.0, "tie_rate": 0, "order_disagreement": 0}
    if judgement["state"] != "judged":
        return metrics
    first, second = (answer["choice"] for answer in judgement["answers"])
    return metrics | compared(outcome(first, "A"), outcome(second, "B"))


def compared(first: float, second: float) -> dict[str, Record]:
    """The metrics of the comparisons in the two orders."""
    agree = first == second
    return {
        "win_rate": win(first, second),
        "tie_rate": int(agree and first == 0.5),
        "order_disagreement": int(not agree),
    }
