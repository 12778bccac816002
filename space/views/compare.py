"""Two to four models side by side, as HTML: paired differences, and the items on which they differ most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board.comparisons import Comparison, compare_runs
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.board_reader import Suite
from counsel_leaderboard.space.views.board_page import Links, denominators

FEWEST: Final = 2
MOST: Final = 4
ITEMS: Final = 8


def html(store: Store, suite: Suite, address: Address, problems: Sequence[str] = ()) -> str:
    """The page that compares the runs of the address."""
    said = list(problems)
    rows = [(run, suite.row(run)) for run in address.run_ids[:MOST]]
    said += [f"No run {run!r} stands on this board: compared without it." for run, row in rows if row is None]
    if len(address.run_ids) > MOST:
        said.append(f"Up to {MOST} models fit side by side: the first {MOST} are shown.")
    found = [row for _, row in rows if row is not None]
    runs = [str(row["run_id"]) for row in found]
    places = {column.task: place for place, column in enumerate(suite.columns)}
    compared = compare_runs(store, runs) if len(runs) >= FEWEST else []
    compared.sort(key=lambda one: places[one.task])
    chosen = next((one for one in compared if one.task == address.task), compared[0] if compared else None)
    return render(
        "compare.html",
        address=address,
        problems=said,
        rows=found,
        columns=suite.columns,
        links=Links(address),
        denominators=denominators,
        names={row["run_id"]: row["model"] for row in found},
        tasks=[(one, _pairs(one, suite)) for one in compared],
        chosen=chosen,
        items=_items(chosen) if chosen else [],
        board=Address(suite=address.suite),
    )


def _pairs(one: Comparison, suite: Suite) -> list[dict[str, Any]]:
    """Each pair once, in the order of the choice, with the ends of a bar in percent of the widest possible difference."""
    if one.refused:
        return []
    place = {run: number for number, run in enumerate(one.runs)}
    rows = [row for row in one.pairs.iter_rows(named=True) if place[row["a"]] < place[row["b"]]]
    column = next(column for column in suite.columns if column.task == one.task)
    reach = column.hi - column.lo
    for row in rows:
        row["told"] = row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
        row["at"] = {name: _place(row[name], reach) for name in ("difference", "low", "high")}
    return rows


def _place(value: float | None, reach: float) -> float | None:
    return None if value is None or reach <= 0 else min(max(50 + 50 * value / reach, 0.0), 100.0)


def _items(one: Comparison) -> list[dict[str, Any]]:
    """The items that spread widest; those on which all agree are left out."""
    return [] if one.refused else one.items.filter(pl.col("spread") > 0).head(ITEMS).to_dicts()
