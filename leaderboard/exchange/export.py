"""A board frame as CSV, JSON or Parquet bytes, or as the text of `board_text`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Literal

import polars as pl

from counsel_leaderboard.leaderboard.board.reasons import columns
from counsel_leaderboard.leaderboard.exchange.board_text import board_text
from counsel_leaderboard.leaderboard.statistics.ranking.ranker import BoardRanks

Format = Literal["table", "csv", "json", "parquet"]
ROWS_AT_A_TIME = 5000
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
