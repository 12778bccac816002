"""What a model's replies do, sentence by sentence, in answer to 120 client turns of varied need; judge-free and descriptive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.counselor import conversation
from counsel_leaderboard.tasks.common.order import Doc, balanced
from counsel_leaderboard.tasks.common.source import Items, TaskSuite, load
from counsel_leaderboard.tasks.common.thinking import clean, rates

DATASET = "open-skills-turns"


def documents(source: str = "open") -> Items:
    """One document for each turn, in a seeded order balanced over needs; the results record which coder counted."""
    from counsel_leaderboard.registry.skills.weights import version  # only a run of this task needs the coder

    items = load("counsel_skills", source, {"open": TaskSuite(DATASET, from_rows)})
    items.record["coder"] = version()
    return items


def from_rows(rows: Sequence[Mapping[str, Any]]) -> list[Doc]:
    """The documents of the bank's rows."""
    return balanced([document(row) for row in rows])


def document(row: Mapping[str, Any]) -> Doc:
    """One turn; there is no right reply."""
    return {
        "id": row["id"],
        "cluster": row["id"],
        "stratum": row["need"],
        "dataset": DATASET,
        "content_note": row["content_note"],
        "risk": row["risk"],
        "target": "",
        "client": row["client"],
    }


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The one request of a document."""
    return [conversation([("client", doc["client"])])]


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one reply: each is a ratio, with what it is counted in as its weight. A reply without words has none."""
    reply = clean(results[0])
    metrics: dict[str, Record] = {
        **rates([reply]),
        "answered_rate": float(reply.state == "reply"),
        "unparsed_rate": 0.0,
        "scored_rate": 0.0,
    }
    if reply.state != "reply":
        return metrics
    counted = coded_counts(reply.text, str(doc["client"]))
    group = {"stratum": doc["stratum"], "cluster": doc["cluster"]}
    metrics["scored_rate"] = float("inconsistent_rate" in counted)
    for name, (part, whole) in counted.items():
        if name == "reflection_question_ratio":
            metrics[name] = {"value": part, "questions": whole, **group}
        elif whole:
            metrics[name] = {"value": part / whole, "weight": whole, **group}
    return metrics


def coded_counts(text: str, previous: str) -> Mapping[str, tuple[float, float]]:
    """The counts of each metric in one reply, by the shipped coder."""
    from counsel_leaderboard.registry.skills.coder import shipped_coder
    from counsel_leaderboard.registry.skills.rates import counts

    return counts(shipped_coder().code(text, previous))


def reflection_question_ratio(records: Sequence[Record]) -> float | None:
    """Sentences that reflect for each that asks, over all replies; None without a question."""
    pairs = [(float(record["value"]), float(record["questions"])) for record in records if isinstance(record, Mapping)]
    asked = sum(questions for _, questions in pairs)
    return sum(reflections for reflections, _ in pairs) / asked if asked else None
