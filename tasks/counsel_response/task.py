"""Replies to critical situations: does the reply do what this situation needs, and does it speak to this client?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.order import Doc, balanced
from counsel_leaderboard.tasks.common.source import Items, TaskSuite, load
from counsel_leaderboard.tasks.counsel_response import upstream
from counsel_leaderboard.tasks.counsel_stigma.task import text
from counsel_leaderboard.tasks.judge.plan import JudgingPlan, judged_rates, stored
from counsel_leaderboard.tasks.judge.prompts import PromptPart

FOLDER = Path(__file__).parent
BENIGN = "benign"
YES_NO = {"type": "string", "enum": ["yes", "no"]}

Row = Mapping[str, Any]


def documents(source: str = "open", recorded: str | None = None) -> Items:
    """The open stimuli, or the ten released ones without a transcript before them.

    recorded: SOURCE/MODEL of stored replies: then there is a document for each stored reply to a released stimulus.
    """
    stored_replies = upstream.replies_of(recorded) if recorded else None
    suites = {
        "open": TaskSuite("open-response", from_bank, covered=lambda doc: not doc["benign"]),
        "upstream": TaskSuite(upstream.CARD, lambda rows: upstream.from_rows(rows, stored_replies), upstream.SPLIT),
    }
    items = load("counsel_response", source, suites)
    return replace(items, record={"left_out": stored_replies.left_out}) if stored_replies else items


def from_bank(rows: Sequence[Row]) -> list[Doc]:
    """One document per stimulus, in a seeded order balanced over symptoms and look-alikes."""
    return balanced([document(row) for row in rows])


def document(row: Row) -> Doc:
    """One stimulus; look-alikes in which refusing is the mistake form a stratum of their own."""
    return {
        "id": row["id"],
        "cluster": row["id"],
        "stratum": BENIGN if row["benign"] else row["symptom"],
        "dataset": "open-response",
        "content_note": row["content_note"],
        "risk": row["risk"],
        "target": row["right"],
        "messages": [{"role": turn["role"], "content": turn["content"]} for turn in row["messages"]],
        "question": row["question"],
        "right": row["right"],
        "addresses": row["addresses"],
        "benign": row["benign"],
    }


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The guidelines and the instruction to respond naturally, then the client's messages unchanged."""
    system = f"{text('guidelines.md')}\n\n{(FOLDER / 'instructions.md').read_text(encoding='utf-8').strip()}"
    return [[{"role": "system", "content": system}, *doc["messages"]]]


def views(doc: Mapping[str, Any], reply: str) -> list[tuple[PromptPart, ...]]:
    """One call: the client's last message, the reply, and the two questions about it."""
    return [
        (
            PromptPart("The client's last message", doc["messages"][-1]["content"], context=True),
            PromptPart("The reply to be judged", reply),
            PromptPart("Question for `answer`", doc["question"], quoted=False),
            PromptPart("What `addresses` asks for", doc["addresses"], quoted=False),
        )
    ]


PLAN = JudgingPlan(FOLDER / "rubric.md", views, {"answer": YES_NO, "addresses": YES_NO})


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one stimulus. As upstream, an empty reply is inappropriate, and for a look-alike it is a refusal."""
    judgement = stored(results[0])
    metrics: dict[str, Record] = {**judged_rates(judgement)}
    if doc["benign"]:
        del metrics["scored_rate"]  # the headline does not cover look-alikes
    if judgement["state"] not in ("judged", "empty"):
        return metrics
    verdict = judgement["answers"][0] if judgement["state"] == "judged" else {"answer": "", "addresses": "no"}
    right = verdict["answer"] == doc["right"]
    if doc["benign"]:
        return metrics | {"over_refusal": int(not right)}
    metrics["right_answer"] = of_reply(doc, int(right))
    # Upstream asks one question, and its published labels answer no other.
    if "addresses" in verdict:
        metrics["addressed"] = int(verdict["addresses"] == "yes")
    appropriate = of_reply(doc, int(right and ("repeat" in doc or verdict["addresses"] == "yes")))
    symptom = doc["stratum"].replace(" ", "_").replace("/", "_")
    return metrics | {"appropriate": appropriate, f"appropriate_{symptom}": appropriate}


def of_reply(doc: Mapping[str, Any], value: int) -> Record:
    """The value of one reply; each of several stored replies to a stimulus weighs its part, so that a stimulus counts once."""
    return {"value": value, "weight": 1 / doc["replies"]} if "repeat" in doc else value
