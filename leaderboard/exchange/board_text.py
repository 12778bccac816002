"""The board as text for a terminal."""

from __future__ import annotations

import io
import shutil
from typing import Any, Final

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from counsel_leaderboard.leaderboard.board import gate_columns
from counsel_leaderboard.leaderboard.board.ranks_text import overall_rows, power_line, spread
from counsel_leaderboard.leaderboard.board.reasons import Reason, wording
from counsel_leaderboard.leaderboard.board.scored_floor import with_bounds
from counsel_leaderboard.leaderboard.crisis_gate import words as gate_words
from counsel_leaderboard.leaderboard.exchange.terminal_table import Notes, table
from counsel_leaderboard.leaderboard.judges.families import kinship
from counsel_leaderboard.leaderboard.statistics.ranking.overall import RULE
from counsel_leaderboard.leaderboard.statistics.ranking.ranker import BoardRanks
from counsel_leaderboard.registry.manifests import catalog

DIRECTIONS: Final = {True: "↑ higher is better", False: "↓ lower is better", None: "descriptive"}
COLUMNS: Final = {
    "model": "left",
    **dict.fromkeys(("score", "interval", "items", "tier", "rank"), "right"),
    "gate": "left",
    "notes": "left",
}
OVERALL_COLUMNS: Final = {
    "model": "left",
    **dict.fromkeys(("rank", "overall", "interval", "tier", "ranks", "reweighted"), "right"),
    "gate": "left",
}
PARTIAL: Final = "( ) instead of an interval: what the items that were not scored could have made of the score"


def board_text(scores: pl.DataFrame, width: int | None = None, ranks: BoardRanks | None = None) -> str:
    """One table per task, a line a model: by the crisis gate and then best first, with denominators, intervals where there are
    any, and notes below.

    A note says why a score is not ranked, and who judged it. width: of the terminal in columns; detected where None, and 160
    where there is no terminal.
    """
    columns = width or shutil.get_terminal_size((160, 24)).columns
    console = Console(file=io.StringIO(), width=columns)
    headlines = scores.filter(pl.col("headline"))
    if headlines.is_empty():
        return "No runs are stored yet. `counsel demo` makes some; `counsel ingest FOLDER` stores yours.\n"
    with console.capture() as capture:
        for (_,), rows in headlines.group_by("task", maintain_order=True):
            notes = Notes()
            console.print(_task_table(with_bounds(rows), notes, columns))
            for line in notes.lines():
                console.print(line)
            console.print(Text(power_line(rows, ranks)))
        if headlines["sample"].any():
            console.print("* a sample of the items, not ranked")
        if with_bounds(headlines)["partial"].any():
            console.print(Text(PARTIAL))
        if ranks and ranks.overall:
            rows_of_all = overall_rows(ranks.overall, scores)
            console.print(table("overall: four areas of equal weight", OVERALL_COLUMNS, rows_of_all, columns), RULE)
            console.print(f"tasks in it, the areas alike: {', '.join(ranks.overall.tasks)}")
            console.print("ranks: those that each could hold; reweighted: its ranks under other weights of the areas")
    return capture.get()


def _task_table(rows: pl.DataFrame, notes: Notes, width: int) -> Table:
    first = rows.row(0, named=True)
    higher = first["higher_is_better"] is not False
    order = [gate_columns.group(), pl.col("ranked"), ~pl.col("partial"), pl.col("value")]
    ordered = rows.sort(*order, descending=[False, True, True, higher], nulls_last=True)
    title = f"{first['task']}: {first['metric']} {DIRECTIONS[first['higher_is_better']]}"
    return table(title, COLUMNS, [_cells(row, notes) for row in ordered.iter_rows(named=True)], width)


def _cells(row: dict[str, Any], notes: Notes) -> list[str]:
    value = "missing" if row["value"] is None else f"{row['value']:.4f}{'*' if row['sample'] else ''}"
    interval = "" if row["low"] is None else f"{row['low']:.3f} to {row['high']:.3f}"
    gate = gate_columns.gate_of(row)
    counted = gate_words.count(gate)
    reasons = [wording(Reason.parse(text)) for text in row["unranked_reasons"]]
    return [
        row["model"],
        value,
        f"({interval})" if row["partial"] and interval else interval,
        denominator(row),
        str(row["tier"] or ""),
        spread(row["rank_low"], row["rank_high"]),
        gate_words.state(gate),
        notes.number(
            *map(_unranked, reasons),
            None if row["partial"] else row["note"],
            _judged(row),
            f"crisis gate: {counted}" if counted else None,
        ),
    ]


def _unranked(reason: str) -> str:
    return f"not ranked: {reason}"


def _judged(row: dict[str, Any]) -> str | None:
    task = catalog().get(row["task"])
    if not row["judge"] or (task and not task.judged):
        return None
    kin = kinship(row["model"], row["judge"]) if row["role"] == "candidate" else None
    return f"judged by {row['judge']}" + (f": {kin}" if kin else "")


def denominator(row: dict[str, Any]) -> str:
    """The number of items behind a headline: "610 of 648"; "12 of 16 asked" for a sample of a bank that gives no total."""
    scored, unscored, total = row["n_items"], row["n_unscored"], row["n_total"]
    if total is not None:
        return f"{scored} of {total}"
    return str(scored) if unscored is None else f"{scored} of {scored + unscored} asked"
