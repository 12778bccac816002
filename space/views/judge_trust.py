"""For what a judge may be trusted, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from counsel_leaderboard.space import labels

SHOWN_REASONS: Final = 2


def trust(judge: Mapping[str, Any]) -> str:
    """The sentence for one entry of `judges.examined`: trusted for which tasks, not for which, and why."""
    card = judge["card"]
    examined = {part["task"] for part in card["tasks"]} if card else set()
    unexamined = [row["task"] for row in judge["tasks"] if row["task"] not in examined]
    clauses = []
    if passed := [part["task"] for part in card["tasks"] if part["qualifies"]] if card else []:
        clauses.append(f"Trusted for {_names(passed)}, because it met every limit of the exam there")
    for part in card["tasks"] if card else []:
        if not part["qualifies"]:
            clauses.append(f"{_not(clauses)} for {_names([part['task']])}, because {_reason(part, older=card['older'])}")
    if unexamined:
        clauses.append(f"{_not(clauses)} for {_names(unexamined)}, because it has not taken the exam")
    return "; ".join(clauses) + "." if clauses else "Not trusted for any task yet, because it has not taken the exam."


def _not(clauses: Sequence[str]) -> str:
    return "not" if clauses else "Not trusted"


def _reason(part: Mapping[str, Any], *, older: bool) -> str:
    if older and not part["because"]:
        return "it was examined by an older exam"
    if not part["because"]:
        return "it was asked only a part of the exam"
    shown = " and ".join(part["because"][:SHOWN_REASONS])
    more = len(part["because"]) - SHOWN_REASONS
    return f"it {shown}" + (f" (and {more} more)" if more > 0 else "")


def _names(tasks: Sequence[str]) -> str:
    *first, last = [f"“{labels.task(task)}”" for task in tasks]
    return f"{', '.join(first)} and {last}" if first else last
