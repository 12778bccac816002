"""The board's table as HTML: the rows of the display frame on the page, and the links of its headers and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from counsel_leaderboard.leaderboard.board.controls import ControlToBeat
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.crisis_gate.gate import State
from counsel_leaderboard.leaderboard.exchange.board_text import denominator
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.views import board_frame as view
from counsel_leaderboard.space.views import reference_lines
from counsel_leaderboard.space.views.board_frame import Column


@dataclass(frozen=True)
class ColumnHeader:
    """A column header: the address behind it, the arrow of the current sort order, and its `aria-sort` value."""

    address: Address
    arrow: str
    aria: str


@dataclass(frozen=True)
class Links:
    """The addresses behind the names and numbers of a table."""

    address: Address

    def model(self, run_id: str) -> Address:
        """The page of a run."""
        return Address(tab="model", suite=self.address.suite, run=run_id)

    def task(self, run_id: str, task: str) -> Address:
        """The transcripts of a run's task."""
        return Address(tab="model", suite=self.address.suite, run=run_id, task=task)


def html(
    rows: pl.DataFrame,
    columns: Sequence[Column],
    address: Address,
    problems: Sequence[str] = (),
    to_beat: Mapping[str, ControlToBeat] | None = None,
) -> str:
    """The page of the board at that address; `rows` is the whole display frame of the suite, `to_beat` that of its controls."""
    all_columns = tuple(columns)
    columns = view.in_areas(all_columns, address.areas)
    matches, sort, problems = selected(rows, all_columns, address, problems)
    pages = max(1, -(-matches.height // view.PAGE))
    page = min(address.page, pages)
    page_rows = matches.slice((page - 1) * view.PAGE, view.PAGE)
    candidates = rows.filter(pl.col("role") == "candidate").height
    return render(
        "board.html",
        address=address,
        problems=problems,
        total=candidates if candidates else rows.height,
        shown=matches.filter(pl.col("role") == "candidate").height,
        controls=matches.filter(pl.col("role") == "control").height,
        others=matches.filter(pl.col("role").is_in(["product", "people"])).height,
        controls_shown=view.with_controls(rows, address),
        sort=sort,
        sort_title=_title(sort),
        order_words=_order_words(sort, all_columns, address.worst),
        page=page,
        pages=pages,
        page_size=view.PAGE,
        columns=columns,
        has_overall=rows[view.OVERALL_COLUMN].is_not_null().any(),
        areas=[(area, len(list(group))) for area, group in groupby(columns, key=lambda column: column.area)],
        heads={name: _head(name, sort, address) for name in ("model", "overall", *(column.task for column in columns))},
        asks={column.task: labels.question(column.task) for column in columns},
        links=Links(address),
        rows=page_rows.to_dicts(),
        denominators=denominators,
        best=view.best_controls(rows, columns, to_beat or {}),
        people=reference_lines.of_columns(rows, columns, address.suite),
        reasons=view.reasons(matches, columns).to_dicts(),
        gated=(rows["gate"] != State.NOT_RUN.value).any(),
        any_ranked=_has_ranked(matches, columns),
    )


def _has_ranked(rows: pl.DataFrame, columns: Sequence[Column]) -> bool:
    ranked = (pl.col(column.key).struct.field("ranked").any().alias(column.task) for column in columns)
    return any(map(any, rows.select(ranked).rows()))


def selected(
    rows: pl.DataFrame, columns: tuple[Column, ...], address: Address, problems: Sequence[str] = ()
) -> tuple[pl.DataFrame, str, list[str]]:
    """The rows that match the address, in its order; the column they are sorted by; the problems with the address."""
    messages = list(problems)
    matches = view.matching(rows, address)
    if not view.with_controls(rows, address):
        matches = matches.filter(pl.col("role") != "control")
    sort = address.sort
    if sort and sort not in {"model", view.OVERALL_COLUMN, *(column.task for column in columns)}:
        messages.append(f"No column is named {sort!r}: sorted as usual.")
        sort = ""
    sort = sort or view.default_sort(rows, columns)
    return view.ordered(matches, columns, sort, address.worst), sort, messages


def denominators(cell: dict[str, Any]) -> str:
    """The counts behind a cell, like "24 of 24 items"; for a sample also its documents, like "48 of 1296 documents, sample"."""
    counted = f"{denominator(cell).removesuffix(' asked')} items"
    reasons = map(Reason.parse, cell["unranked_reasons"] or ())
    sampled = next((reason.params for reason in reasons if reason.code is Code.SAMPLE), None)
    return f"{counted} · {sampled['asked']} of {sampled['whole']} documents, sample" if sampled else counted


def _title(sort: str) -> str:
    return {"model": "model name", "overall": "the overall order"}.get(sort) or labels.task(sort)


def _order_words(sort: str, columns: Sequence[Column], worst: bool) -> str:
    """Which end stands first; a descriptive column has no best end."""
    if sort == "model":
        return "worst first" if worst else "A to Z"
    descriptive = any(column.task == sort and column.higher_is_better is None for column in columns)
    return (("lowest" if worst else "highest") if descriptive else "worst" if worst else "best") + " first"


def _head(name: str, sort: str, address: Address) -> ColumnHeader:
    if name != sort:
        return ColumnHeader(address.to(sort=name, worst=False, page=1), "", "none")
    arrow, order = ("▲", "ascending") if address.worst else ("▼", "descending")
    return ColumnHeader(address.to(sort=name, worst=not address.worst, page=1), f" {arrow}", order)
