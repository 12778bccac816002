"""Below the board, for tasks of whole sessions: measures without a judge, published figures, and what can be told apart."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import polars as pl

from counsel_leaderboard.registry.manifests import catalog, metric_tables
from counsel_leaderboard.registry.manifests import metric as metric_facts
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.board_reader import SuiteSnapshot
from counsel_leaderboard.space.views import board_frame as view
from counsel_leaderboard.space.views import reference_lines
from counsel_leaderboard.space.views.board import Links, selected
from counsel_leaderboard.space.views.board_frame import Column
from counsel_leaderboard.space.views.reference_lines import PeopleLine

JUDGE_FREE: Final = (
    *("hidden_disclosed", "asked_risk", "first_risk_question", "words_a_turn", "talk_ratio", "questions_a_turn"),
    *("repeated_sentences", "undertakes", "claims_human", "ended_by_client", "counselor_turns"),
)
"""The measures of a session that need no judge, in the order of the columns."""

SMALLEST: Final = 0.6
"""A difference, in standard deviations between clients, that 20 clients can tell apart with a chance of about 80%."""

NORMAL_95: Final = 1.96


@dataclass(frozen=True)
class Resolution:
    """What a task's clients can tell apart. `clients`: how many; `difference`: the smallest, in the headline's units.

    `alike`: pairs of models that are nearer than that; `pairs`: how many pairs there are.
    """

    clients: int
    difference: float
    alike: tuple[tuple[str, str], ...]
    pairs: int


def html(suite: SuiteSnapshot, address: Address) -> str:
    """A part for each session task whose column is shown and that somebody was scored on; "" without one."""
    columns = view.shown(suite.columns, address)
    known = catalog()
    whole = [column for column in columns if column.task in known and known[column.task].manifest.sessions]
    rows, _, _ = selected(suite.display, suite.columns, address)
    parts = [part for column in whole if (part := _part(suite, rows, column))]
    return render("session_board.html", parts=parts, links=Links(address)) if parts else ""


def _part(suite: SuiteSnapshot, rows: pl.DataFrame, column: Column) -> dict[str, Any] | None:
    shown = rows.filter(pl.col(column.key).is_not_null()).head(view.PAGE)
    if shown.is_empty():
        return None
    scores = suite.board.scores.filter((pl.col("task") == column.task) & pl.col("metric").is_in(JUDGE_FREE))
    values = {(row["run_id"], row["metric"]): row for row in scores.select("run_id", "metric", "value", "n_items").to_dicts()}
    present = {metric for _, metric in values}
    metrics = [name for name in JUDGE_FREE if name in present]
    return {
        "column": column,
        "rows": shown.to_dicts(),
        "metrics": [{"name": name, "column": _direction(column.task, name)} for name in metrics],
        "values": values,
        "lines": _published(suite, column.task),
        "resolution": resolution(shown, column),
    }


def _direction(task: str, name: str) -> Mapping[str, bool | None]:
    known = metric_facts(task, name)
    return {"higher_is_better": known.higher_is_better if known and not known.descriptive else None}


def _published(suite: SuiteSnapshot, task: str) -> list[tuple[str, Sequence[PeopleLine]]]:
    lines = [(name, reference_lines.of_metric(suite.source, task, name)) for name in metric_tables().get(task, {})]
    return [(name, given) for name, given in lines if given]


def resolution(rows: pl.DataFrame, column: Column) -> Resolution | None:
    """What the task can tell apart, from the intervals of the candidates; None for fewer than two with an interval, and for a
    descriptive headline.

    The deviation between clients follows from each interval (its half is 1.96 deviations by the root of the number of clients);
    the median over the models is used.
    """
    cell = pl.col(column.key).struct
    fields = [cell.field(name) for name in ("value", "low", "high", "n_items")]
    # Bounds are no interval, so a score of too few items says nothing about the deviation.
    candidates = rows.filter((pl.col("role") == "candidate") & ~cell.field("partial").fill_null(False))
    candidates = candidates.select("model", *fields).drop_nulls()
    if candidates.height < 2 or column.higher_is_better is None:
        return None
    entries = candidates.to_dicts()
    deviation = statistics.median(
        math.sqrt(entry["n_items"]) * (entry["high"] - entry["low"]) / (2 * NORMAL_95) for entry in entries
    )
    clients = round(statistics.median(entry["n_items"] for entry in entries))
    if not clients or not deviation > 0:
        return None
    # Twice as many clients halve the square of the smallest difference.
    smallest = SMALLEST * math.sqrt(20 / clients) * deviation
    pairs = list(combinations(entries, 2))
    alike = tuple((a["model"], b["model"]) for a, b in pairs if abs(a["value"] - b["value"]) < smallest)
    return Resolution(clients, smallest, alike, len(pairs))
