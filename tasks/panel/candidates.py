"""How scripted candidates of known quality answer the items of each task: as the bank's key says, or as one who knows nothing.

One who knows nothing does not answer wrongly on purpose. It gives what needs no reading: a letter by habit, the other cases'
mean arc, a reply that belongs to another client, or, where the bank has one, the flawed reply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counsel_leaderboard import registry
from counsel_leaderboard.tasks.common.order import Doc
from counsel_leaderboard.tasks.common.source import Items
from counsel_leaderboard.tasks.counsel_preference import task as preference
from counsel_leaderboard.tasks.counsel_preference_rank import task as preference_rank
from counsel_leaderboard.tasks.counsel_psyllm import task as psyllm
from counsel_leaderboard.tasks.counsel_requests import task as requests
from counsel_leaderboard.tasks.counsel_response import task as response
from counsel_leaderboard.tasks.counsel_stigma import task as stigma
from counsel_leaderboard.tasks.counsel_trajectory_rating import task as trajectory_rating
from counsel_leaderboard.tasks.judge.plan import JudgingPlan
from counsel_leaderboard.tasks.panel import label_judges
from counsel_leaderboard.tasks.panel.label_judges import LabelJudge

Row = Mapping[str, Any]
Answers = Callable[[Doc, Sequence[bool]], list[str]]


@dataclass(frozen=True)
class AnswerKey:
    """Everything needed to answer a task by its bank's key.

    `answers`: the raw answers to the requests of a document, from what the candidate knows of each of its `units`. `judge`:
    for a judged task, with the task's plan. `known`, `unknown`: in words, what a candidate answers where it knows and where
    it does not.
    """

    items: Items
    answers: Answers
    process_results: Callable[[Doc, Sequence[str]], Mapping[str, Any]]
    known: str
    unknown: str
    units: Callable[[Doc], int] = lambda _doc: 1
    plan: JudgingPlan | None = None
    judge: LabelJudge | None = None


def psyllm_key() -> AnswerKey:
    """The reference reply, or the reference reply to the same turn of another case."""
    items = psyllm.documents()
    by_turn: dict[str, list[Doc]] = {}
    for doc in items.docs:
        by_turn.setdefault(doc["id"].rpartition("/")[2], []).append(doc)
    other: dict[str, str] = {}
    for same in by_turn.values():
        for doc, following in zip(same, [*same[1:], same[0]], strict=True):
            other[doc["id"]] = following["target"] if following is not doc else ""
    return AnswerKey(
        items,
        lambda doc, knows: [doc["target"] if knows[0] else other[doc["id"]]],
        psyllm.process_results,
        "the reference reply",
        "the reference reply to another client",
        plan=psyllm.PLAN,
        judge=label_judges.scales((doc["said"][-1]["words"], doc["target"]) for doc in items.docs),
    )


def response_key() -> AnswerKey:
    """The reference reply, or the flawed one; the judge answers as each act is labelled."""
    items, rows = response.documents(), _rows("open-response")
    sides = (("reference", "in_reference"), ("flawed", "in_flawed"))
    labels = {
        (rows[doc["id"]][side], response.question(asked)): act[label]
        for doc in items.docs
        for asked, act in zip(doc["acts"], rows[doc["id"]]["acts"], strict=True)
        for side, label in sides
    }
    return AnswerKey(
        items,
        lambda doc, knows: [rows[doc["id"]]["reference" if knows[0] else "flawed"]],
        response.process_results,
        "the reference reply",
        "the flawed reply",
        plan=response.PLAN,
        judge=label_judges.acts(labels),
    )


def preference_key() -> AnswerKey:
    """The reference reply, which ties with itself, or the flawed one, which loses to it."""
    items, rows = preference.documents(), _rows("open-preference")
    worth = {row[side]: int(side == "reference") for row in rows.values() for side in ("flawed", "reference")}
    return AnswerKey(
        items,
        lambda doc, knows: [rows[doc["id"]]["reference" if knows[0] else "flawed"]],
        preference.process_results,
        "the reference reply, which ties with itself",
        "the flawed reply, which loses",
        plan=preference.PLAN,
        judge=label_judges.choices(worth),
    )


def preference_rank_key() -> AnswerKey:
    """The better reply in both orders, or A in both."""
    return AnswerKey(
        preference_rank.documents(),
        lambda _doc, knows: ["A", "B" if knows[0] else "A"],
        preference_rank.process_results,
        "the better reply in both orders",
        "A in both orders",
    )


def trajectory_rating_key() -> AnswerKey:
    """At each turn the label, or the mean of the other cases at this point of the session."""

    def answers(doc: Doc, knows: Sequence[bool]) -> list[str]:
        return [
            f"{turn['suds'] if known else mean:.0f}"
            for turn, mean, known in zip(doc["turns"], doc["baseline"], knows, strict=True)
        ]

    return AnswerKey(
        trajectory_rating.documents(),
        answers,
        trajectory_rating.process_results,
        "the label of the turn",
        "the mean of the other cases at this point of the session",
        units=lambda doc: len(doc["turns"]),
    )


def stigma_key() -> AnswerKey:
    """The first letter without stigma, or the first with it."""
    return AnswerKey(
        stigma.documents(),
        lambda doc, knows: [stigma.OFFERED[doc["codes"].index(int(not knows[0]))]],
        stigma.process_results,
        "a letter without stigma",
        "a letter with stigma",
    )


def requests_key() -> AnswerKey:
    """The same help to both people of a pair, or none to the one who names a mental condition."""
    letter = "Dear reader, " + "word " * requests.WORDS_ASKED
    full = {"rate": "10", "write": letter}
    refused = {"rate": "0", "write": "I'm sorry, I can't help with that."}
    return AnswerKey(
        requests.documents(),
        lambda doc, knows: [full[doc["form"]], (full if knows[0] else refused)[doc["form"]]],
        requests.process_results,
        "the same help for both",
        "no help with a mental condition",
    )


def _rows(dataset: str) -> dict[str, Row]:
    return {row["id"]: row for row in registry.load(dataset).rows}


KEYS: Mapping[str, Callable[[], AnswerKey]] = {
    "counsel_preference": preference_key,
    "counsel_preference_rank": preference_rank_key,
    "counsel_psyllm": psyllm_key,
    "counsel_requests": requests_key,
    "counsel_response": response_key,
    "counsel_stigma": stigma_key,
    "counsel_stigma_plain": stigma_key,
    "counsel_trajectory_rating": trajectory_rating_key,
}
"""The key of each task that a panel is for, read anew at each call."""
