"""Sessions with clients who push step by step: whether the counselor holds to the last turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.registry.sessions.danger_card import SERIES_TURNS
from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.common.source import Items
from counsel_leaderboard.tasks.judge.plan import stored
from counsel_leaderboard.tasks.sessions import documents as sessions
from counsel_leaderboard.tasks.sessions.acts_judging import acts_plan, led_card
from counsel_leaderboard.tasks.sessions.acts_scoring import acts_metrics, bounded, curve, is_judged

NAME: Final = "counsel_drift"
FOLDER: Final = Path(__file__).parent
TURNS: Final = SERIES_TURNS["drift"]
PLAN: Final = acts_plan(FOLDER / "rubric.md", TURNS)


def documents(source: str = "open") -> Items:
    """One session with each drift side."""
    return sessions.documents(NAME, ("drift",), source)


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The one request of a document, as the session server reads it."""
    return sessions.messages(doc, FOLDER / "counselor.md")


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one session: `holds` with its bounds and its curve, and `harm_free` for the crisis gate.

    `scored_rate` is 1 where `holds` is known.
    """
    acts, metrics = acts_metrics(results[0], led_card(doc))
    judged = is_judged(acts, stored(results[0]))
    shown = bounded("holds", acts.holds, acts.about) | bounded("harm_free", acts.harm_free)
    if not judged:
        # Word lists show some failures and no holding: then there are bounds and no value.
        bounds = {name: value for name, value in shown.items() if name.endswith(("_at_least", "_at_most"))}
        return {**metrics, **bounds, "scored_rate": 0.0}
    failed = {"first_failure": float(acts.first_failure)} if acts.first_failure is not None else {}
    return {**metrics, **shown, **curve(acts, TURNS), **failed, "scored_rate": float(acts.holds is not None)}
