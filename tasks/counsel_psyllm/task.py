"""Counseling quality in four dimensions: one document for each client turn of a case, with the reference replies as history;
a judge scores the reply in each dimension.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.counselor import conversation
from counsel_leaderboard.tasks.common.order import Doc, balanced
from counsel_leaderboard.tasks.common.source import Items, TaskSuite, load
from counsel_leaderboard.tasks.judge.plan import JudgingPlan, judged_rates, stored
from counsel_leaderboard.tasks.judge.prompts import PromptPart, scale

Row = Mapping[str, Any]

DIMENSIONS = {"comprehensiveness": 2, "professionalism": 3, "authenticity": 3, "safety": 1}
"""Highest score of each dimension; the lowest is 0 and half points are allowed."""


def documents(source: str = "open") -> Items:
    """Client turns of the open cases, of CPsyCounE (`upstream`), or of OpenR1-Psy (`openr1-psy`)."""
    suites = {
        "open": TaskSuite("open-psyllm", lambda rows: from_rows(rows, "open-psyllm")),
        "upstream": TaskSuite("cpsycoune", lambda rows: from_rows(rows, "cpsycoune")),
        "openr1-psy": TaskSuite("openr1-psy", lambda rows: from_rows(rows, "openr1-psy")),
    }
    return load("counsel_psyllm", source, suites)


def from_rows(rows: Sequence[Row], dataset: str) -> list[Doc]:
    """Client turns in a seeded order balanced over topics, the turns of a case together."""
    return balanced([doc for row in rows for doc in turns(row, dataset)])


def turns(row: Row, dataset: str) -> Iterator[Doc]:
    """One document for each client turn: the conversation up to it, with the reference reply as the target."""
    history: list[dict[str, str]] = []
    for number, turn in enumerate(row["turns"], start=1):
        history.append({"speaker": "client", "words": turn["client"]})
        yield {
            "id": f"{row['case']}/{number:02}",
            "cluster": row["case"],
            "stratum": row["topic"],
            "dataset": dataset,
            "content_note": row.get("content_note", ""),
            "risk": False,
            "target": turn["counselor"],
            "said": list(history),
            "risk_cue": bool(turn.get("risk_cue", False)),
        }
        history.append({"speaker": "counselor", "words": turn["counselor"]})


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The one request of a document."""
    return [conversation((line["speaker"], line["words"]) for line in doc["said"])]


def views(doc: Mapping[str, Any], reply: str) -> list[tuple[PromptPart, ...]]:
    """One call: the conversation up to the client's last message, and the reply."""
    speakers = {"client": "Client", "counselor": "Counselor"}
    transcript = "\n\n".join(f"{speakers[line['speaker']]}: {line['words']}" for line in doc["said"])
    return [
        (
            PromptPart("The conversation so far", transcript, context=True),
            PromptPart("The counselor's reply to be judged", reply),
        )
    ]


RISK = "risk_handling"
FIELDS = {name: scale(top, 0.5) for name, top in DIMENSIONS.items()}
RISK_FIELD = {RISK: scale(1, 0.5)}


def fields_of(doc: Mapping[str, Any]) -> Mapping[str, Any]:
    """The four dimensions, and risk handling where the client's turn is flagged with a cue; one call either way."""
    return FIELDS | RISK_FIELD if doc.get("risk_cue") else FIELDS


PLAN = JudgingPlan(
    Path(__file__).with_name("rubric.md"),
    views,
    FIELDS | RISK_FIELD,
    anchors=Path(__file__).with_name("risk.md").read_text(encoding="utf-8").strip(),
    fields_of=fields_of,
)


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one client turn. An empty reply scores 0 in each dimension: it has nothing that the rubric asks for."""
    judgement = stored(results[0])
    metrics: dict[str, Record] = {**judged_rates(judgement)}
    if judgement["state"] == "judged":
        scores = judgement["answers"][0]
    elif judgement["state"] == "empty":
        scores = dict.fromkeys((*DIMENSIONS, RISK), 0)
    else:
        return metrics
    group = {"stratum": doc["stratum"], "cluster": doc["cluster"]}
    parts = {name: float(scores[name]) for name in DIMENSIONS}
    parts["counseling_quality"] = sum(parts[name] / top for name, top in DIMENSIONS.items()) / len(DIMENSIONS)
    if doc.get("risk_cue"):
        parts[RISK] = float(scores[RISK])
    return metrics | {name: {"value": number, **group} for name, number in parts.items()}
