"""The emotional course of a model's own replies beside the reference therapist's; descriptive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counsel_leaderboard.registry.scoring.answers import clean, rates, share
from counsel_leaderboard.tasks.common import series
from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.counselor import conversation
from counsel_leaderboard.tasks.common.source import Items, load
from counsel_leaderboard.tasks.common.trajectory import PHASES, SUITES, scorer, session_before, valence

FEWEST = 3
LEAST_SHARE = 0.5


def documents(source: str = "open") -> Items:
    """The open cases, or the published ones (`upstream`)."""
    found = load("counsel_trajectory_reply", source, SUITES)
    found.record["scorer"] = scorer()
    return found


def answerable(doc: Mapping[str, Any]) -> list[int]:
    """Places of the client turns that the reference therapist answers in the same session."""
    turns = doc["turns"]
    return [
        place
        for place in range(len(turns) - 1)
        if turns[place]["phase"] == turns[place + 1]["phase"] and turns[place + 1]["therapist"].strip()
    ]


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """For each answered client turn: the session so far with the reference therapist's words."""
    return [conversation(said(session_before(doc["turns"], place))) for place in answerable(doc)]


def said(session: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Who said what, in order; empty turns are left out."""
    lines = [line for turn in session for line in (("therapist", turn["therapist"]), ("client", turn["client"]))]
    return [line for line in lines if line[1].strip()]


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one case; empty and missing replies have no valence, and a case with a phase missing is only counted."""
    replies = [clean(raw) for raw in results]
    there = [reply.state == "reply" for reply in replies]
    counted: dict[str, Record] = {"answered_rate": share(there), "incomplete_rate": int(not doc["complete"])}
    if not doc["complete"]:
        return counted
    counted |= {**rates(replies), "unparsed_rate": 0.0}
    places = [place for place, found in zip(answerable(doc), there, strict=True) if found]
    scored = len(places) >= max(FEWEST, LEAST_SHARE * len(replies))
    counted["scored_rate"] = len(places) / len(replies) if scored else 0.0
    return counted | scores(doc, places, [valence(reply.text) for reply in replies if reply.text]) if scored else counted


def scores(doc: Mapping[str, Any], places: Sequence[int], x: Sequence[float]) -> dict[str, Record]:
    """The valence of the replies against that of the reference therapist's answers to the same client turns."""
    y = [valence(doc["turns"][place + 1]["therapist"]) for place in places]
    found: dict[str, float | None] = {"pearson": series.pearson(x, y), "ccc": series.ccc(x, y)}
    found |= {"dtw": series.dtw(x, y), "rmse": series.rmse(x, y), "constant_rate": int(series.constant(x))}
    for phase in PHASES:
        inside = [place for place, at in enumerate(places) if doc["turns"][at]["phase"] == phase]
        if inside:
            found[f"rmse_{phase.lower()}"] = series.rmse([x[place] for place in inside], [y[place] for place in inside])
    return {name: number for name, number in found.items() if number is not None}
