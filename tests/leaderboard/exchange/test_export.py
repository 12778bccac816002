"""A CSV file of the board is text to a spreadsheet, whatever a model is called."""

from __future__ import annotations

import io

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.exchange.export import as_text

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil.example")', "  =1", "\n=cmd|' /C calc'!A0",
    "\N{FULLWIDTH EQUALS SIGN}1", "\N{FULLWIDTH COMMERCIAL AT}x", " \t-2+3",
]  # fmt: skip


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_that_would_be_calculated_is_quoted(cell: str) -> None:
    frame = as_text(pl.DataFrame({"model": [cell, "org/model", None], "value": [-1.5, 2.0, None]}))
    assert frame["model"].to_list() == [f"'{cell}", "org/model", None]
    assert frame["value"].to_list() == [-1.5, 2.0, None]
    assert pl.read_csv(io.BytesIO(frame.write_csv().encode()))["model"][0].startswith("'")


@pytest.mark.parametrize("cell", ["org/model", "a=b", "1-2", "", "org/-model", "'quoted"])
def test_any_other_cell_stays_as_it_is(cell: str) -> None:
    assert as_text(pl.DataFrame({"model": [cell]}))["model"].to_list() == [cell]
