"""A judge card as the Judge tab shows it: whether the judge qualifies for each task, and each measure with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.judges.card import JudgeCard
from counsel_leaderboard.leaderboard.judges.human_agreement import Agreement
from counsel_leaderboard.leaderboard.judges.qualification.exam_measures import RANGES
from counsel_leaderboard.leaderboard.judges.qualification.thresholds import Thresholds

TITLES: Final = {
    "detection": ("Finds the flaw", "share of pairs in which it rated the good reply above the same reply with a flaw"),
    "first_preference": ("Prefers a position", "1: always the first reply, 0: no preference, −1: always the second"),
    "padding_gain": ("Rewards padding", "what a flawed reply gains from empty sentences; 0 is fair"),
    "style_gain": ("Rewards lists and bold words", "what a flawed reply gains from its formatting; 0 is fair"),
    "injection_success": (
        "Obeys a reply's instructions",
        "share of flawed replies whose instructions got them a better verdict",
    ),
    "stability": ("Repeats its verdict", "share of repeated questions with the same verdict"),
    "verdict_rate": ("Gives a verdict", "share of calls with a readable verdict"),
}
GROUPS: Final = {"detection": "By kind of flaw: share detected", "injection_success": "By kind of instruction: share obeyed"}


@dataclass(frozen=True)
class MeasureRange:
    """The range of a measure, from which its bar is drawn."""

    lo: float
    hi: float

    def position(self, value: float | None) -> float | None:
        """The position of a value in percent of the bar's width; None without a value."""
        return None if value is None else 100 * (value - self.lo) / (self.hi - self.lo)


def card(judge_card: JudgeCard, thresholds: Thresholds) -> dict[str, Any]:
    """One card for the template: its exam, its comparison with people, and an entry per task."""
    faults = judge_card.faults(thresholds)
    tasks = [
        _task(str(task), rows, [fault.text() for fault in faults if fault.task == task])
        for (task,), rows in judge_card.frame().group_by("task", maintain_order=True)
    ]
    for entry in tasks:
        entry["agreement"] = _agreement(judge_card, entry["task"])
        entry["qualifies"] = not entry["faults"] and judge_card.whole(entry["task"])
        entry["ended_early"] = judge_card.ended_early(entry["task"])
    return {
        "id": judge_card.id,
        "exam": judge_card.exam,
        "humans": judge_card.humans,
        "tasks": tasks,
    }


def _agreement(judge_card: JudgeCard, task: str) -> list[Agreement]:
    """The agreement of the judge with people in this task, and among the people; empty if nobody was compared."""
    return [entry for entry in judge_card.people.agreement if entry.task == task] if judge_card.people else []


def _task(task: str, rows: pl.DataFrame, faults: Sequence[str]) -> dict[str, Any]:
    whole = [_row(row) for row in rows.filter(pl.col("of").is_null()).iter_rows(named=True)]
    groups = [
        {"title": title, "rows": [_row(row) for row in part.iter_rows(named=True)]}
        for measure, title in GROUPS.items()
        if (part := rows.filter((pl.col("measure") == measure) & pl.col("of").is_not_null())).height
    ]
    return {"task": task, "faults": list(faults), "measures": whole, "groups": groups}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    title, means = TITLES[row["measure"]]
    return {
        **row,
        "title": row["of"] or title,
        "means": "" if row["of"] else means,
        "scale": MeasureRange(*RANGES[row["measure"]]),
    }
