"""A board frame as CSV, JSON or Parquet bytes, and as text for a terminal."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from typing import Any, Literal

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from counsel_leaderboard.leaderboard.board import gate_columns
from counsel_leaderboard.leaderboard.board.ranks_text import overall_table, power_line, spread
from counsel_leaderboard.leaderboard.board.reasons import columns
from counsel_leaderboard.leaderboard.crisis_gate import words as gate_words
from counsel_leaderboard.leaderboard.statistics.ranking.overall import RULE
from counsel_leaderboard.leaderboard.statistics.ranking.ranker import BoardRanks

Format = Literal["table", "csv", "json", "parquet"]
ROWS_AT_A_TIME = 5000
DIRECTIONS = {True: "↑ higher is better", False: "↓ lower is better", None: "descriptive"}
# Also after blanks, which spreadsheets skip, and in full width, which some of them read like ASCII.
FORMULA = "^\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]"


def render(scores: pl.DataFrame, kind: Format, ranks: BoardRanks | None = None) -> bytes:
    """The frame of `board.scores` in that format; JSON is a list of one object per row. Nulls stay null, in CSV empty.

    `unranked_reasons` is in JSON a list of {code, params}, in CSV that list as a text, in Parquet a list of such texts.
    ranks: for the table, which then shows the difference that each task can detect, and the overall order.
    """
    out = io.BytesIO()
    match kind:
        case "table":
            out.write(board_text(scores, ranks=ranks).encode())
        case "csv":
            as_text(scores.with_columns(unranked_reasons=columns.texts(scores["unranked_reasons"]))).write_csv(out)
        case "json":
            _write_json(scores, out)
        case "parquet":
            scores.write_parquet(out)
    return out.getvalue()


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame for a CSV file: a cell that a spreadsheet would calculate begins with an apostrophe, and is shown as text."""
    cell = pl.col(pl.String)
    return frame.with_columns(pl.when(cell.str.contains(FORMULA)).then("'" + cell).otherwise(cell).name.keep())


def _write_json(scores: pl.DataFrame, out: io.BytesIO) -> None:
    """Written some rows at a time: in one piece, a board of a thousand runs takes three times its 60 MB."""
    out.write(b"[")
    for start in range(0, scores.height, ROWS_AT_A_TIME):
        out.write((("," if start else "") + ",".join(_objects(scores.slice(start, ROWS_AT_A_TIME)))).encode())
    out.write(b"]\n")


def _objects(scores: pl.DataFrame) -> Iterator[str]:
    # The reasons are JSON already, so they are inserted into each row's object unchanged.
    rows = scores.drop("unranked_reasons").write_ndjson().split("\n")[: scores.height]
    reasons = columns.texts(scores["unranked_reasons"]).to_list()
    return (f'{row[:-1]},"unranked_reasons":{row_reasons}}}' for row, row_reasons in zip(rows, reasons, strict=True))


def board_text(scores: pl.DataFrame, width: int | None = None, ranks: BoardRanks | None = None) -> str:
    """One table per task: by the crisis gate and then best first, with denominators, intervals where there are any, and why a
    score is not ranked.

    width: of the terminal in columns; detected where None, and 160 where there is no terminal.
    """
    console = Console(file=io.StringIO(), width=width or shutil.get_terminal_size((160, 24)).columns)
    headlines = scores.filter(pl.col("headline"))
    if headlines.is_empty():
        return "No runs are stored yet. `counsel demo` makes some; `counsel ingest FOLDER` stores yours.\n"
    with console.capture() as capture:
        for (_,), rows in headlines.group_by("task", maintain_order=True):
            console.print(_task_table(rows))
            console.print(power_line(rows, ranks), end="")
        if headlines["sample"].any():
            console.print("* a sample of the items, not ranked")
        if ranks and ranks.overall:
            console.print(overall_table(ranks.overall, scores), RULE)
    return capture.get()


def _task_table(rows: pl.DataFrame) -> Table:
    first = rows.row(0, named=True)
    direction = DIRECTIONS[first["higher_is_better"]]
    table = Table(title=Text(f"{first['task']}: {first['metric']} {direction}"), title_justify="left")
    for name in ("model", "score", "interval", "items", "tier", "rank", "judge", "crisis gate", "not ranked because"):
        table.add_column(name, justify="right" if name in {"score", "items", "tier"} else "left", overflow="fold")
    best_first = [False, True, first["higher_is_better"] is not False]
    ordered = rows.sort(gate_columns.group(), "ranked", "value", descending=best_first, nulls_last=True)
    for row in ordered.iter_rows(named=True):
        table.add_row(*(Text(cell) for cell in _cells(row)))
    return table


def _cells(row: dict[str, Any]) -> list[str]:
    value = "missing" if row["value"] is None else f"{row['value']:.4f}{'*' if row['sample'] else ''}"
    interval = "" if row["low"] is None else f"{row['low']:.3f} to {row['high']:.3f}"
    if row["note"]:
        interval = f"{row['note']}: {interval}"
    return [
        row["model"],
        value,
        interval,
        denominator(row),
        str(row["tier"] or ""),
        spread(row["rank_low"], row["rank_high"]),
        row["judge"] or "",
        gate_words.line(gate_columns.gate_of(row)),
        row["unranked_reason"] or "",
    ]


def denominator(row: dict[str, Any]) -> str:
    """The number of items behind a headline: "610 of 648"; "12 of 16 asked" for a sample of a bank that gives no total."""
    scored, unscored, total = row["n_items"], row["n_unscored"], row["n_total"]
    if total is not None:
        return f"{scored} of {total}"
    return str(scored) if unscored is None else f"{scored} of {scored + unscored} asked"
