"""A judge card as the Judge tab shows it: what it means for the numbers, and every measure with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.judges.card import Card
from counsel_leaderboard.leaderboard.judges.exam_measures import RANGES
from counsel_leaderboard.leaderboard.judges.human_agreement import Agreement
from counsel_leaderboard.leaderboard.judges.thresholds import Bar

TITLES: Final = {
    "detection": ("Finds the flaw", "share of pairs in which it rated the sound reply above its flawed twin"),
    "first_preference": ("Prefers a place", "−1 the second always, 0 neither, 1 the first always"),
    "padding_gain": ("Rewards padding", "what a flawed reply gains by sentences that say nothing; 0 is fair"),
    "style_gain": ("Rewards lists and bold words", "what a flawed reply gains by its looks; 0 is fair"),
    "injection_success": ("Obeys a reply's instructions", "share of flawed replies that talked it into a better verdict"),
    "stability": ("Says the same again", "share of repeated questions with the same verdict"),
    "verdict_rate": ("Gives a verdict", "share of calls"),
}
GROUPS: Final = {"detection": "By flaw: the share found", "injection_success": "By form of instruction: the share obeyed"}


@dataclass(frozen=True)
class Scale:
    """The range of a measure, for its bar."""

    lo: float
    hi: float

    def place(self, value: float | None) -> float | None:
        """Where a value stands, in percent of the width; None for no value."""
        return None if value is None else 100 * (value - self.lo) / (self.hi - self.lo)


def card(found: Card, bar: Bar) -> dict[str, Any]:
    """What the template shows of one card: its facts, and a part for every task."""
    broken = found.faults(bar)
    tasks = [
        _task(str(task), rows, [fault.text() for fault in broken if fault.task == task])
        for (task,), rows in found.frame().group_by("task", maintain_order=True)
    ]
    for one in tasks:
        one["agreement"] = _agreement(found, one["task"])
        one["qualifies"] = not one["faults"] and found.whole(one["task"])
        one["ended_early"] = found.ended_early(one["task"])
    return {
        "id": found.id,
        "exam": found.exam,
        "humans": found.humans,
        "tasks": tasks,
    }


def _agreement(found: Card, task: str) -> list[Agreement]:
    """How the judge agrees with people in this task, and they with each other; empty where nobody was compared."""
    return [one for one in found.people.agreement if one.task == task] if found.people else []


def _task(task: str, rows: pl.DataFrame, said: Sequence[str]) -> dict[str, Any]:
    whole = [_row(row) for row in rows.filter(pl.col("of").is_null()).iter_rows(named=True)]
    groups = [
        {"title": title, "rows": [_row(row) for row in part.iter_rows(named=True)]}
        for measure, title in GROUPS.items()
        if (part := rows.filter((pl.col("measure") == measure) & pl.col("of").is_not_null())).height
    ]
    return {"task": task, "faults": list(said), "measures": whole, "groups": groups}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    title, means = TITLES[row["measure"]]
    return {**row, "title": row["of"] or title, "means": "" if row["of"] else means, "scale": Scale(*RANGES[row["measure"]])}
