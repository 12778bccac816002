"""Choosing the better of two replies: the model itself picks, in both orders; there is no judge."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from counsel_leaderboard.registry.scoring import letters
from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.order import Doc, balanced
from counsel_leaderboard.tasks.common.source import Items, TaskSuite, load
from counsel_leaderboard.tasks.common.thinking import Reply, clean, rates, share

SOUND = "two sound replies"
"""The kind of the pairs in which neither reply is flawed."""

Row = Mapping[str, Any]


def documents(source: str = "open") -> Items:
    """Open pairs of replies, or the published pairs (`upstream`). The headline covers the pairs with a better reply."""
    suites = {
        "open": TaskSuite("open-rank", from_bank, covered=lambda doc: doc["kind"] != SOUND),
        "upstream": TaskSuite("psychocounsel-preference", from_upstream),
    }
    return load("counsel_preference_rank", source, suites)


def from_bank(rows: Sequence[Row]) -> list[Doc]:
    """One document per pair, in a seeded order balanced over kinds; pairs of one speech form a cluster."""
    return balanced(
        [
            document("open-rank", row["id"], row["speech_id"], row["kind"], row["speech"], row["reference"], row["other"])
            | {"content_note": row["content_note"], "kind": row["kind"]}
            for row in rows
        ]
    )


def from_upstream(rows: Sequence[Row]) -> list[Doc]:
    """One document per published pair; pairs of one question form a cluster."""
    names: dict[str, str] = {}
    docs = []
    for row in rows:
        cluster = names.setdefault(row["question"], str(row["ID"]))
        name = f"{row['ID']}/{row['prefID']}"
        docs.append(
            document("psychocounsel-preference", name, cluster, "all", row["question"], row["chosen"], row["rejected"])
            | {"kind": ""}
        )
    return balanced(docs)


def document(dataset: str, name: str, cluster: str, stratum: str, speech: str, better: str, worse: str) -> Doc:
    """One pair of replies. Where both are sound, `better` is the more exploring one and `worse` the more structured one."""
    return {
        "id": name,
        "cluster": cluster,
        "stratum": stratum,
        "dataset": dataset,
        "content_note": "",
        "risk": False,
        "target": "A, then B",
        "speech": speech,
        "better": better,
        "worse": worse,
    }


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """Two requests: the better reply as A, then as B."""
    orders = ((doc["better"], doc["worse"]), (doc["worse"], doc["better"]))
    return [request(doc["speech"], first, second) for first, second in orders]


def request(speech: str, first: str, second: str) -> list[Message]:
    """System text and one message with the speech and both replies."""
    system = Path(__file__).with_name("instructions.md").read_text(encoding="utf-8").strip()
    shown = f"Client:\n{speech}\n\nReply A:\n{first}\n\nReply B:\n{second}\n\nWhich reply is better, A or B?"
    return [{"role": "system", "content": system}, {"role": "user", "content": shown}]


def pick(reply: Reply) -> str | None:
    """A or B, alone or as "Reply A", with or without punctuation around it; None for anything else."""
    return letters.of_two(reply.text)


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one pair, if both orders were answered.

    `acc` is the share of orders in which the better reply is picked. Two sound replies have no better one: there
    `evenhanded` is 1 if each of them was picked once, and `structured_rate` the share of picks of the structured one.
    """
    replies = [clean(raw) for raw in results]
    picks = [pick(reply) for reply in replies]
    unparsed = [reply.answered and letter is None for reply, letter in zip(replies, picks, strict=True)]
    both = None not in picks
    metrics: dict[str, Record] = {
        **rates(replies),
        "unparsed_rate": share(unparsed),
        "answered_rate": share([reply.state == "reply" for reply in replies]),
        "scored_rate": int(both),
    }
    if both:
        first = [letter == expected for letter, expected in zip(picks, "AB", strict=True)]
        metrics |= _sound(first) if doc["kind"] == SOUND else _flawed(first, picks, doc["kind"])
    return metrics


def _sound(first: Sequence[bool]) -> dict[str, Record]:
    return {"evenhanded": int(first[0] != first[1]), "structured_rate": 1 - share(first)}


def _flawed(right: Sequence[bool], picks: Sequence[str | None], kind: str) -> dict[str, Record]:
    by_kind = {f"acc_{re.sub('[ -]', '_', kind)}": share(right)} if kind else {}
    return {
        "acc": share(right),
        **by_kind,
        "consistency": int(right[0] == right[1]),
        "first_position_rate": share([letter == "A" for letter in picks]),
    }
