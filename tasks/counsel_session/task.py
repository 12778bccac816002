"""Free sessions with clients who tell only what is earned: a judge rates the alliance, and the rest needs none."""

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

NAME: Final = "counsel_session"
FOLDER: Final = Path(__file__).parent
LOW, HIGH = 1, 7

ALLIANCE: Final = Instrument(
    tuple(
        ScaleItem(f"{subscale}_{name}", subscale)
        for subscale, names in {
            "goal": ("named", "own", "checked", "concrete"),
            "task": ("fits", "reasons", "joined", "usable"),
            "bond": ("heard", "person", "safe", "steady"),
        }.items()
        for name in names
    ),
    LOW,
    HIGH,
)
"""Twelve statements of our own, four for each of Goal, Task and Bond, rated 1 to 7; rubric.md explains them."""

PLAN = JudgingPlan(
    FOLDER / "rubric.md", ALLIANCE.views, ALLIANCE.fields(), read=read, measured=measured_with_words, partial=True
)  # fmt: skip


def documents(source: str = "open") -> Items:
    """One session with each hybrid client."""
    return sessions.documents(NAME, ("hybrid",), source)


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The one request of a document, as the session server reads it."""
    return sessions.messages(doc, FOLDER / "counselor.md")


def alliance(rated: Mapping[str, float]) -> dict[str, float]:
    """`alliance_goal`, `alliance_task` and `alliance_bond`, 1 to 7 scaled to 0 to 1; with all three their mean, `alliance`."""
    scaled = {f"alliance_{name}": (mean - LOW) / (HIGH - LOW) for name, mean in ALLIANCE.subscales(rated).items()}
    return scaled | ({"alliance": sum(scaled.values()) / len(scaled)} if len(scaled) == len(ALLIANCE.subscale_names) else {})


def process_results(_doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one session."""
    return session_metrics(results[0], ALLIANCE, "alliance", alliance)
