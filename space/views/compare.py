"""Two to four models side by side as HTML: paired differences, and the items on which the models differ most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board.comparisons import Comparison, compare_runs
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.board_reader import SuiteSnapshot
from counsel_leaderboard.space.views.board import Links, denominators
from counsel_leaderboard.space.views.session_sides import sides

MIN_MODELS: Final = 2
MAX_MODELS: Final = 4
MAX_ITEMS: Final = 8


def html(store: Store, suite: SuiteSnapshot, address: Address, problems: Sequence[str] = ()) -> str:
    """The page that compares the runs of the address."""
    messages = list(problems)
    rows = [(run, suite.row(run)) for run in address.run_ids[:MAX_MODELS]]
    messages += [f"No run {run!r} is on this board: compared without it." for run, row in rows if row is None]
    if len(address.run_ids) > MAX_MODELS:
        messages.append(f"Up to {MAX_MODELS} models fit side by side: the first {MAX_MODELS} are shown.")
    present = [row for _, row in rows if row is not None]
    runs = [str(row["run_id"]) for row in present]
    positions = {column.task: position for position, column in enumerate(suite.columns)}
    comparisons = compare_runs(store, runs) if len(runs) >= MIN_MODELS else []
    comparisons.sort(key=lambda comparison: positions[comparison.task])
    chosen = next((entry for entry in comparisons if entry.task == address.task), comparisons[0] if comparisons else None)
    return render(
        "compare.html",
        address=address,
        problems=messages,
        rows=present,
        columns=suite.columns,
        links=Links(address),
        denominators=denominators,
        names={row["run_id"]: row["model"] for row in present},
        tasks=[(comparison, _pairs(comparison, suite)) for comparison in comparisons],
        chosen=chosen,
        items=_items(chosen) if chosen else [],
        sides=sides(store, runs, [column.task for column in suite.columns], address) if len(runs) >= MIN_MODELS else None,
        board=Address(suite=address.suite),
    )


def _pairs(comparison: Comparison, suite: SuiteSnapshot) -> list[dict[str, Any]]:
    """Each pair once, in the order in which the runs were chosen, with the positions of its bar.

    `at`: the positions in percent of the bar's width, which is the range from the lowest to the highest possible difference.
    `significant`: whether the interval excludes zero. `judged_better`: whether the task orders models, so that one is better.
    `partial`: whether too few items of one of the two were scored; then low and high are what the others could have made of
    the difference, and nothing is significant.
    """
    if comparison.refused:
        return []
    position = {run: number for number, run in enumerate(comparison.runs)}
    rows = [row for row in comparison.pairs.iter_rows(named=True) if position[row["a"]] < position[row["b"]]]
    column = next(column for column in suite.columns if column.task == comparison.task)
    largest = column.hi - column.lo
    if column.higher_is_better is None and not comparison.higher_is_better:
        # The comparison follows the direction that the run stored; a descriptive measure has none, so the difference is plain.
        rows = [_negated(row) for row in rows]
    cells = {run: (suite.row(run) or {}).get(column.key) for run in comparison.runs}
    for row in rows:
        first, second = cells[row["a"]], cells[row["b"]]
        row["judged_better"] = column.ranked
        row["partial"] = any(isinstance(cell, dict) and cell["partial"] for cell in (first, second))
        if row["partial"]:
            row |= _bounds(first, second, column.higher_is_better is not False)
        row["significant"] = not row["partial"] and row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
        row["at"] = {name: _percent(row[name], largest) for name in ("difference", "low", "high")}
    return rows


def _negated(row: dict[str, Any]) -> dict[str, Any]:
    difference, low, high = (None if row[name] is None else -row[name] for name in ("difference", "low", "high"))
    return {**row, "difference": difference, "low": high, "high": low}


def _bounds(first: Any, second: Any, higher: bool) -> dict[str, float | None]:
    """Low and high of a difference, whatever the items without a score had been; both None where a range is not known."""
    ends = [cell[f"bound_{end}"] for cell in (first, second) for end in ("low", "high")]
    if None in ends:
        return {"low": None, "high": None}
    least, most = ends[0] - ends[3], ends[1] - ends[2]
    return {"low": least, "high": most} if higher else {"low": -most, "high": -least}


def _percent(difference: float | None, largest: float) -> float | None:
    return None if difference is None or largest <= 0 else min(max(50 + 50 * difference / largest, 0.0), 100.0)


def _items(comparison: Comparison) -> list[dict[str, Any]]:
    """The items with the largest differences between models; items on which all models agree are left out."""
    return [] if comparison.refused else comparison.items.filter(pl.col("spread") > 0).head(MAX_ITEMS).to_dicts()
