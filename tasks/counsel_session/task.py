"""TODO"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.source import Items
from counsel_leaderboard.tasks.judge.plan import JudgingPlan, judged_rates, stored
from counsel_leaderboard.tasks.sessions import documents as sessions
from counsel_leaderboard.tasks.sessions.reading import measured, read

NAME: Final = "counsel_session"
FOLDER: Final = Path(__file__).parent


def documents(source: str = "open") -> Items:
    """TODO"""
    return sessions.documents(NAME, "hybrid", source)


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The one request of a document, as the session server reads it."""
    return sessions.messages(doc, FOLDER / "counselor.md")


PLAN = JudgingPlan(FOLDER / "rubric.md", lambda doc, reply: [], {}, read=read, measured=measured)


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one session."""
    judgement = stored(results[0])
    return {**judged_rates(judgement), **judgement.get("measured", {})}
