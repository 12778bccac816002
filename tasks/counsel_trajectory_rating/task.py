"""Rating a client's distress: one request for each client turn of a case, which asks for one number."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from counsel_leaderboard.tasks.common import series
from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.source import Items, load
from counsel_leaderboard.tasks.common.thinking import Reply, clean, rates, share
from counsel_leaderboard.tasks.common.trajectory import SUITES, agreement, is_comparable, scorer, session_before

LONGEST_RATING = 200
"""No longer text is only a number; the expression below takes a time that grows with the square of the length."""
WHOLE_POINT = 1.0
"""Ratings are whole numbers as a rule: what is left of one that follows the mean arc is rounding."""
NUMBER = re.compile(r"^[\s*_]*(\d{1,3}(?:\.\d+)?)\s*(?:/\s*100)?[\s*_.]*$")


def documents(source: str = "open") -> Items:
    """The open cases, or the published ones (`upstream`), whose reference comes from a pinned scorer."""
    items = load("counsel_trajectory_rating", source, SUITES)
    items.record["reference"] = {"name": "author labels (SUDS)"} if source == "open" else scorer()
    return items


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """For each client turn: the session so far as a transcript, and the question."""
    return [request(session_before(doc["turns"], index)) for index in range(len(doc["turns"]))]


def request(session: Sequence[Mapping[str, Any]]) -> list[Message]:
    """System text, then transcript and question in one message."""
    system, question = instructions()
    lines = [
        line for turn in session for line in (("Therapist", turn["therapist"]), ("Client", turn["client"])) if line[1].strip()
    ]
    transcript = "\n\n".join(f"{speaker}: {words}" for speaker, words in lines)
    return [{"role": "system", "content": system}, {"role": "user", "content": f"{transcript}\n\n{question}"}]


@functools.cache
def instructions() -> tuple[str, str]:
    """System text and question."""
    system, question = Path(__file__).with_name("instructions.md").read_text(encoding="utf-8").split("\n\n---\n\n")
    return system.strip(), question.strip()


def rating(reply: Reply) -> float | None:
    """The number in [0, 100] if the reply is only a number, with or without "/100"; None for anything else."""
    match = NUMBER.match(reply.text) if len(reply.text) <= LONGEST_RATING else None
    number = float(match[1]) if match else None
    return number if number is not None and number <= 100 else None


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one case; a case without all phases counts only in `answered_rate` and `incomplete_rate`."""
    replies = [clean(raw) for raw in results]
    counted: dict[str, Record] = {"answered_rate": share([reply.state == "reply" for reply in replies])}
    counted["incomplete_rate"] = int(not doc["complete"])
    if not doc["complete"]:
        return counted
    ratings = [rating(reply) for reply in replies]
    unparsed = [reply.answered and number is None for reply, number in zip(replies, ratings, strict=True)]
    unstated = [index for index, turn in enumerate(doc["turns"]) if not turn["suds_stated"]]
    rated = [index for index in unstated if ratings[index] is not None]
    counted |= {**rates(replies), "unparsed_rate": share(unparsed)}
    scored = is_comparable(len(rated), len(unstated))
    counted["scored_rate"] = len(rated) / len(unstated) if scored else 0.0
    if scored:
        counted |= scores(doc, ratings, rated)
    return counted | stated(doc, ratings)


def scores(doc: Mapping[str, Any], ratings: Sequence[float | None], indices: Sequence[int]) -> dict[str, Record]:
    """The ratings at the turns in `indices` against the reference."""
    x = [number for index in indices if (number := ratings[index]) is not None]
    y = [doc["turns"][index]["suds"] for index in indices]
    metrics: dict[str, Record] = {**agreement(x, y, [doc["turns"][index]["phase"] for index in indices])}
    if not doc["baseline"]:
        return metrics
    baseline = [doc["baseline"][index] for index in indices]
    if baseline_error := series.rmse(baseline, y):
        metrics["skill"] = 1 - series.rmse(x, y) / baseline_error
    if (beyond := series.correlation_beyond(x, y, baseline, WHOLE_POINT)) is not None:
        metrics["after_arc"] = beyond
    return metrics


def stated(doc: Mapping[str, Any], ratings: Sequence[float | None]) -> dict[str, Record]:
    """The error at the turns in which the client says a number, as a separate metric."""
    pairs = [
        (number, turn["suds"])
        for number, turn in zip(ratings, doc["turns"], strict=True)
        if turn["suds_stated"] and number is not None
    ]
    return {"rmse_stated": series.rmse(*zip(*pairs, strict=True))} if pairs else {}
