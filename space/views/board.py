"""The board's table as HTML: the rows of the display frame on the page, and the links of its headers and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board.controls import ControlToBeat
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.crisis_gate.gate import State
from counsel_leaderboard.leaderboard.exchange.board_text import denominator
from counsel_leaderboard.registry.manifests import Source, overall_plan, uses
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.views import board_filters, reference_lines
from counsel_leaderboard.space.views import board_frame as view
from counsel_leaderboard.space.views.board_frame import Column

# What the table that is embedded elsewhere takes from the address.
EMBEDDED: Final = (
    *("suite", "use", "density", "q", "controls", "size", "licence", "runs_on", "language", "engine", "judge", "weights"),
    *("qualified", "samples", "reported", "columns_of", "areas", "sort", "worst"),
)


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

    def page(self, task: str) -> Address:
        """The page of a task: what is asked, and how it is scored."""
        return Address(tab="tasks", suite=self.address.suite, task=task)


def html(
    rows: pl.DataFrame,
    columns: Sequence[Column],
    address: Address,
    problems: Sequence[str] = (),
    to_beat: Mapping[str, ControlToBeat] | None = None,
    overall: str = "",
) -> str:
    """The page of the board at that address; `rows` is the whole display frame of the suite, `to_beat` that of its controls.

    overall: what is said of the overall order.
    """
    return render("board.html", **content(rows, columns, address, problems, to_beat, overall))


def content(
    rows: pl.DataFrame,
    columns: Sequence[Column],
    address: Address,
    problems: Sequence[str] = (),
    to_beat: Mapping[str, ControlToBeat] | None = None,
    overall: str = "",
) -> dict[str, Any]:
    """What the templates of the board take, by name; arguments as of `html`."""
    all_columns = tuple(columns)
    columns = view.shown(all_columns, address)
    matches, sort, problems = selected(rows, all_columns, address, problems)
    pages = max(1, -(-matches.height // view.PAGE))
    page = min(address.page, pages)
    page_rows = matches.slice((page - 1) * view.PAGE, view.PAGE)
    candidates = rows.filter(pl.col("role") == "candidate").height
    return {
        "address": address,
        "problems": problems,
        "total": candidates if candidates else rows.height,
        "shown": matches.filter(pl.col("role") == "candidate").height,
        "controls": matches.filter(pl.col("role") == "control").height,
        "others": matches.filter(pl.col("role").is_in(["product", "people"])).height,
        "sort": sort,
        "sort_title": _title(sort),
        "order_words": _order_words(sort, all_columns, address.worst),
        "page": page,
        "pages": pages,
        "page_size": view.PAGE,
        "columns": columns,
        "has_overall": rows[view.OVERALL_COLUMN].is_not_null().any(),
        "areas": [(area, len(list(group))) for area, group in groupby(columns, key=lambda column: column.area)],
        "heads": {name: _head(name, sort, address) for name in ("model", "overall", *(column.task for column in columns))},
        "asks": {column.task: labels.question(column.task) for column in columns},
        "measures": {column.task: _measure(column.task, address.suite) for column in columns},
        "overall_rule": overall,
        "embed": Address(**{name: getattr(address, name) for name in EMBEDDED}),
        "links": Links(address),
        "rows": page_rows.to_dicts(),
        "denominators": denominators,
        "best": view.best_controls(rows, columns, to_beat or {}),
        "people": reference_lines.of_columns(rows, columns, address.suite),
        "reasons": view.reasons(matches, columns).to_dicts(),
        "for_use": bool(view.chosen(all_columns, address)),
        "gated": (rows["gate"] != State.NOT_RUN.value).any(),
        "any_ranked": _has_ranked(matches, columns),
    }


def _has_ranked(rows: pl.DataFrame, columns: Sequence[Column]) -> bool:
    ranked = (pl.col(column.key).struct.field("ranked").any().alias(column.task) for column in columns)
    return any(map(any, rows.select(ranked).rows()))


def selected(
    rows: pl.DataFrame, columns: tuple[Column, ...], address: Address, problems: Sequence[str] = ()
) -> tuple[pl.DataFrame, str, list[str]]:
    """The rows that match the address, in its order; the column they are sorted by; the problems with the address."""
    messages = list(problems)
    matches = board_filters.matching(rows, address)
    if not view.with_controls(rows, address):
        matches = matches.filter(pl.col("role") != "control")
    if chosen := view.chosen(columns, address):
        matches = matches.filter(pl.any_horizontal(pl.col(column.key).is_not_null() for column in chosen))
    sort = address.sort
    if sort and sort not in {"model", view.OVERALL_COLUMN, *(column.task for column in columns)}:
        messages.append(f"No column is named {sort!r}: sorted as usual.")
        sort = ""
    if address.use and address.use not in uses():
        messages.append(f"There is no use {address.use!r}: all columns are shown.")
    sort = sort or view.default_sort(rows, chosen or columns, overall=not chosen)
    return view.ordered(matches, columns, sort, address.worst), sort, messages


def denominators(cell: dict[str, Any], task: str = "") -> str:
    """The counts behind a cell: "610 of 648 questions scored", or of a sample "48 of 1296 questions tried"."""
    unit = "sessions" if labels.is_sessions(task) else "questions"
    reasons = map(Reason.parse, cell["unranked_reasons"] or ())
    sampled = next((reason.params for reason in reasons if reason.code is Code.SAMPLE), None)
    if sampled:
        return f"{sampled['asked']} of {sampled['whole']} {unit} tried"
    return f"{denominator(cell).removesuffix(' asked')} {unit} scored"


def _measure(task: str, source: Source) -> str:
    """What a value of a column means, and whether the column has left the overall order."""
    end = overall_plan(source).saturated.get(task)
    words = f"Saturated: this version of its items stands at its {end}, so it has left the overall order." if end else ""
    return f"{labels.measure(task)} {words}".strip()


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
