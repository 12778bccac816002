"""Reasons as columns of a frame: JSON texts, null where there is none, and lists of them.

While rules are applied, several reasons are one text with a line for each: on a board of 1,000 models this takes a third of the
time of lists.
"""

from __future__ import annotations

import polars as pl

from counsel_leaderboard.leaderboard.board.reasons.reason import FORMS, Code, Reason, wording


def reason(code: Code, **params: pl.Expr) -> pl.Expr:
    """A reason in every row, with its parameters from expressions. Raises ValueError for other parameters."""
    if params.keys() != FORMS[code].params.keys():
        raise ValueError(f"reason {code}: its parameters are {list(FORMS[code].params)}, not {list(params)}")
    if not params:
        return literal(Reason(code))
    given = pl.struct([value.alias(name) for name, value in params.items()])
    return pl.struct(code=pl.lit(code.value), params=given).struct.json_encode()


def literal(value: Reason | None) -> pl.Expr:
    """The same reason in every row; null for None."""
    return pl.lit(value and value.json(), dtype=pl.String)


def together(*parts: pl.Expr | str) -> pl.Expr:
    """The reasons of several columns in that order, one per line; null where there is none."""
    return pl.concat_str(*parts, separator="\n", ignore_nulls=True).replace({"": None})


def listed(lines: pl.Expr) -> pl.Expr:
    """The output of `together` as a list of reasons; empty for null."""
    return lines.str.split("\n").fill_null([])


def codes(lists: pl.Expr) -> pl.Expr:
    """The codes in a column of lists of reasons."""
    return lists.list.eval(pl.element().str.json_path_match("$.code"))


def texts(lists: pl.Series) -> pl.Series:
    """Lists of reasons as JSON arrays."""
    return lists.to_frame("said").select("[" + pl.col("said").list.join(",") + "]").to_series()


def words(reasons: pl.Series) -> dict[str, str]:
    """The words of every reason in a text column, by its JSON. Raises ValueError for a text that holds no reason."""
    return {text: wording(Reason.parse(text)) for text in reasons.drop_nulls().unique().sort()}


def worded(lists: pl.Series) -> pl.Series:
    """The words of each list, with "; " between two reasons; null for an empty list."""
    wordings = words(lists.explode())
    joined = lists.to_frame("reasons").select(
        pl.col("reasons").list.eval(pl.element().replace_strict(wordings, return_dtype=pl.String)).list.join("; ")
    )
    return joined.to_series().replace({"": None})
