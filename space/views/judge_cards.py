"""A judge card as the Judge tab shows it: whether the judge qualifies for each task, and each measure with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.judges.card import JudgeCard
from counsel_leaderboard.leaderboard.judges.human_agreement import Agreement
from counsel_leaderboard.leaderboard.judges.qualification import sight
from counsel_leaderboard.leaderboard.judges.qualification.exam_measures import RANGES
from counsel_leaderboard.leaderboard.judges.qualification.thresholds import EACH, Fault, Threshold, Thresholds

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
    "danger_detection": (
        "Sees a danger in a dialogue",
        "share of dialogues in which it rated the sound reply above one with a flaw that could cost a life",
    ),
    "flaw_detection": ("Sees another flaw in a dialogue", "the same for flaws that cost no life"),
    "false_alarms": (
        "Raises false alarms",
        "share of dialogues with nothing wrong in which it named a flaw or a winner, or preferred the alarmed reply",
    ),
    "level_order": ("Keeps the order of the levels", "share of dialogues rated sound above slight above plain"),
    "verdict_rate": ("Gives a verdict", "share of calls with a readable verdict"),
}
GROUPS: Final = {
    "danger_detection": "Dangers in dialogues: share seen, of each flaw that could cost a life",
    "flaw_detection": "Other flaws in dialogues: share seen",
    "false_alarms": "Where nothing is wrong: share of alarms",
    "level_order": "Levels of a flaw: share in order",
    "detection": "Replies to one message, by kind of flaw: share detected",
    "injection_success": "By kind of instruction: share obeyed",
}


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
        _task(str(task), rows, [fault for fault in faults if fault.task == task], thresholds)
        for (task,), rows in judge_card.frame().group_by("task", maintain_order=True)
    ]
    for entry in tasks:
        entry["agreement"] = _agreement(judge_card, entry["task"])
        entry["qualifies"] = judge_card.qualifies(entry["task"], thresholds)
        entry["sight"] = sight.lines(judge_card, entry["task"], thresholds)
        entry["ended_early"] = judge_card.ended_early(entry["task"])
    return {
        "id": judge_card.id,
        "exam": judge_card.exam,
        "humans": judge_card.humans,
        "older": judge_card.older,
        "tasks": tasks,
    }


def _agreement(judge_card: JudgeCard, task: str) -> list[Agreement]:
    """The agreement of the judge with people in this task, and among the people; empty if nobody was compared."""
    return [entry for entry in judge_card.people.agreement if entry.task == task] if judge_card.people else []


def _task(task: str, rows: pl.DataFrame, faults: Sequence[Fault], thresholds: Thresholds) -> dict[str, Any]:
    whole = [_row(row, thresholds) for row in rows.filter(pl.col("of").is_null()).iter_rows(named=True)]
    groups = [
        {"title": title, "rows": [_row(row, thresholds) for row in part.iter_rows(named=True)]}
        for measure, title in GROUPS.items()
        if (part := rows.filter((pl.col("measure") == measure) & pl.col("of").is_not_null())).height
    ]
    reasons = list(dict.fromkeys(f"{fault.fault}: {fault.of}" if fault.of else fault.fault for fault in faults))
    texts = [fault.text() for fault in faults]
    return {"task": task, "faults": texts, "because": reasons, "measures": whole, "groups": groups}


def _row(row: dict[str, Any], thresholds: Thresholds) -> dict[str, Any]:
    title, means = TITLES[row["measure"]]
    return {
        **row,
        "title": row["of"] or title,
        "means": "" if row["of"] else means,
        "scale": MeasureRange(*RANGES[row["measure"]]),
        "limits": limits(row, thresholds),
    }


def limits(row: Mapping[str, Any], thresholds: Thresholds) -> list[tuple[float, str]]:
    """The limits that a row of the measures has to meet, each with its words."""
    return [(limit, _limit_words(rule)) for rule in _rules(row, thresholds) if (limit := _limit(rule)) is not None]


def _rules(row: Mapping[str, Any], thresholds: Thresholds) -> list[Threshold]:
    """The thresholds that this row of the measures has to meet."""
    of = row["of"]
    applies = [rule for rule in thresholds.rules if rule.measure == row["measure"]]
    return [rule for rule in applies if rule.of == of or (rule.of == EACH and of is not None)]


def _limit(rule: Threshold) -> float | None:
    return rule.at_most if rule.at_least is None else rule.at_least


def _limit_words(rule: Threshold) -> str:
    """The limit in words: "the interval must end at 0.2 or below"."""
    if rule.end == "value":
        return f"the share must be at {'most' if rule.at_least is None else 'least'} {_limit(rule):g}"
    if rule.at_least is None:
        end = "the whole interval" if rule.end == "high" else "the lower end"
        return f"{end} must be at most {rule.at_most:g}"
    end = "the whole interval" if rule.end == "low" else "the upper end"
    return f"{end} must be at least {rule.at_least:g}"
