"""The emotional course of a model's own replies compared with the reference therapist's; a descriptive task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.counselor import conversation
from counsel_leaderboard.tasks.common.source import Items, load
from counsel_leaderboard.tasks.common.thinking import clean, rates, share
from counsel_leaderboard.tasks.common.trajectory import SUITES, agreement, is_comparable, scorer, session_before, valence


def documents(source: str = "open") -> Items:
    """The open cases, or the published ones (`upstream`)."""
    items = load("counsel_trajectory_reply", source, SUITES)
    items.record["scorer"] = scorer()
    return items


def answerable(doc: Mapping[str, Any]) -> list[int]:
    """Indices of the client turns that the reference therapist answers in the same session."""
    turns = doc["turns"]
    return [
        index
        for index in range(len(turns) - 1)
        if turns[index]["phase"] == turns[index + 1]["phase"] and turns[index + 1]["therapist"].strip()
    ]


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """For each answered client turn: the session so far with the reference therapist's words."""
    return [conversation(utterances(session_before(doc["turns"], index))) for index in answerable(doc)]


def utterances(session: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """(speaker, words) in order, without empty utterances."""
    lines = [line for turn in session for line in (("therapist", turn["therapist"]), ("client", turn["client"]))]
    return [line for line in lines if line[1].strip()]


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one case; empty and missing replies have no valence, and a case without all phases is only counted."""
    replies = [clean(raw) for raw in results]
    present = [reply.state == "reply" for reply in replies]
    counted: dict[str, Record] = {"answered_rate": share(present), "incomplete_rate": int(not doc["complete"])}
    if not doc["complete"]:
        return counted
    counted |= {**rates(replies), "unparsed_rate": 0.0}
    indices = [index for index, is_present in zip(answerable(doc), present, strict=True) if is_present]
    scored = is_comparable(len(indices), len(replies))
    counted["scored_rate"] = len(indices) / len(replies) if scored else 0.0
    return counted | scores(doc, indices, [valence(reply.text) for reply in replies if reply.text]) if scored else counted


def scores(doc: Mapping[str, Any], indices: Sequence[int], x: Sequence[float]) -> dict[str, Record]:
    """The valence of the replies against that of the reference therapist's answers to the same client turns."""
    y = [valence(doc["turns"][index + 1]["therapist"]) for index in indices]
    return {**agreement(x, y, [doc["turns"][index]["phase"] for index in indices])}
