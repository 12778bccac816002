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
from counsel_leaderboard.tasks.common.trajectory import PHASES, SUITES, scorer, session_before

NUMBER = re.compile(r"^[\s*_]*(\d{1,3}(?:\.\d+)?)\s*(?:/\s*100)?[\s*_.]*$")
FEWEST = 3
LEAST_SHARE = 0.5


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
    match = NUMBER.match(reply.text)
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
    counted["scored_rate"] = len(rated) / len(unstated) if enough(len(rated), len(unstated)) else 0.0
    if enough(len(rated), len(unstated)):
        counted |= scores(doc, ratings, rated)
    return counted | stated(doc, ratings)


def enough(rated: int, total: int) -> bool:
    """Whether a series can be compared: at least three of its `total` turns, and half of them, must have a number."""
    return rated >= max(FEWEST, LEAST_SHARE * total)


def scores(doc: Mapping[str, Any], ratings: Sequence[float | None], indices: Sequence[int]) -> dict[str, Record]:
    """The ratings at the turns in `indices` against the reference."""
    x = [number for index in indices if (number := ratings[index]) is not None]
    y = [doc["turns"][index]["suds"] for index in indices]
    metrics: dict[str, float | None] = {"ccc": series.ccc(x, y), "pearson": series.pearson(x, y)}
    metrics |= {"dtw": series.dtw(x, y), "rmse": series.rmse(x, y), "constant_rate": int(series.constant(x))}
    if doc["baseline"]:
        arc = series.rmse([doc["baseline"][index] for index in indices], y)
        metrics["skill"] = 1 - series.rmse(x, y) / arc if arc else None
    for phase in PHASES:
        in_phase = [i for i, index in enumerate(indices) if doc["turns"][index]["phase"] == phase]
        if in_phase:
            metrics[f"rmse_{phase.lower()}"] = series.rmse([x[i] for i in in_phase], [y[i] for i in in_phase])
    return {name: number for name, number in metrics.items() if number is not None}


def stated(doc: Mapping[str, Any], ratings: Sequence[float | None]) -> dict[str, Record]:
    """The error at the turns in which the client says a number, as a separate metric."""
    pairs = [
        (number, turn["suds"])
        for number, turn in zip(ratings, doc["turns"], strict=True)
        if turn["suds_stated"] and number is not None
    ]
    return {"rmse_stated": series.rmse(*zip(*pairs, strict=True))} if pairs else {}
