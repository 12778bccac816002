"""Sessions of cognitive behavioral therapy against the fixed side of a client: a judge rates eleven acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.source import Items
from counsel_leaderboard.tasks.judge.plan import JudgingPlan
from counsel_leaderboard.tasks.sessions import documents as sessions
from counsel_leaderboard.tasks.sessions.instrument import Instrument, ScaleItem
from counsel_leaderboard.tasks.sessions.reading import measured_with_words, read
from counsel_leaderboard.tasks.sessions.scoring import session_metrics

NAME: Final = "counsel_ctrs"
FOLDER: Final = Path(__file__).parent
HOMEWORK: Final = "homework"

CBT_ACTS: Final = Instrument(
    (
        ScaleItem("agenda", "general_skills", once=True),
        ScaleItem("feedback", "general_skills", once=True),
        ScaleItem("understanding", "general_skills"),
        ScaleItem("interpersonal_effectiveness", "general_skills"),
        ScaleItem("collaboration", "general_skills"),
        ScaleItem("pacing", "general_skills"),
        ScaleItem("guided_discovery", "cbt_skills"),
        ScaleItem("strategy_for_change", "cbt_skills"),
        ScaleItem("focus", "cbt_skills"),
        ScaleItem("techniques", "cbt_skills"),
        ScaleItem(HOMEWORK, "cbt_skills", once=True),
    ),
    0,
    6,
)
"""Eleven items, rated 0 to 6, in subscales of six and five; rubric.md explains them."""

PLAN = JudgingPlan(
    FOLDER / "rubric.md", CBT_ACTS.views, CBT_ACTS.fields(), read=read, measured=measured_with_words, partial=True
)  # fmt: skip


def documents(source: str = "open") -> Items:
    """One session with each fixed side."""
    return sessions.documents(NAME, ("client_led",), source)


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The one request of a document, as the session server reads it."""
    return sessions.messages(doc, FOLDER / "counselor.md")


def cbt_acts(rated: Mapping[str, float]) -> dict[str, float]:
    """Each item that could be read (`item_NAME`), their mean (`item`), the subscales of which none is missing, and the totals.

    `cbt_acts` is the sum of all eleven, 0 to 66, `cbt_acts_without_homework` that of the ten others, 0 to 60.
    """
    scores = {f"item_{name}": value for name, value in rated.items()} | CBT_ACTS.subscales(rated)
    others = [rated[name] for name in CBT_ACTS.names if name != HOMEWORK and name in rated]
    if len(others) == len(CBT_ACTS.names) - 1:
        scores["cbt_acts_without_homework"] = sum(others)
        if HOMEWORK in rated:
            total = sum(others) + rated[HOMEWORK]
            scores |= {"cbt_acts": total, "item": total / len(CBT_ACTS.names)}
    return scores


def process_results(_doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one session."""
    return session_metrics(results[0], CBT_ACTS, "cbt_acts", cbt_acts)
