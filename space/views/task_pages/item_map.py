"""A task's items by model, and the two answers behind a cell side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board import transcripts as samples
from counsel_leaderboard.leaderboard.board.item_scores import item_scores
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import SuiteSnapshot
from counsel_leaderboard.space.views import transcripts
from counsel_leaderboard.space.views.board_frame import Column

MOST_MODELS: Final = 12
ITEMS: Final = 25
"""Items on a page."""


@dataclass(frozen=True)
class ItemCell:
    """The value of one model on one item, None where it was not scored; `shade`: from 0 at the worst end to 100 at the best."""

    value: float | None
    shade: int | None
    address: Address
    chosen: bool


def item_map(store: Store, suite: SuiteSnapshot, column: Column, address: Address) -> dict[str, Any] | None:
    """models (run_id, model, address as the one compared with), reference, rows (item, stratum, spread, cells), pages, total.

    The reference is the first of the address's runs that is on the board, else the best; each cell leads to the answers of its
    model and of the reference. None where fewer than one model has a value.
    """
    models = _models(suite, column, address)
    if not models:
        return None
    reference = models[0]["run_id"]
    other = models[1]["run_id"] if len(models) > 1 else ""
    values = item_scores(store, column.task, [model["run_id"] for model in models])
    page = min(address.page, max(1, -(-values.height // ITEMS)))
    rows = values.slice((page - 1) * ITEMS, ITEMS)
    chosen = address.run_ids[1:2]
    return {
        "models": [{**model, "address": address.to(runs=model["run_id"], item="")} for model in models],
        "more": _scored(suite, column).height - len(models),
        "reference": reference,
        "rows": [
            {
                "item": row["item"],
                "stratum": row["stratum"],
                "spread": row["spread"],
                "cells": [_cell(row, model["run_id"], column, address, (reference, other), chosen) for model in models],
            }
            for row in rows.iter_rows(named=True)
        ],
        "page": page,
        "pages": -(-values.height // ITEMS),
        "total": values.height,
    }


def _cell(
    row: dict[str, Any], run: str, column: Column, address: Address, pair: tuple[str, str], chosen: Sequence[str]
) -> ItemCell:
    value, (reference, other) = row[run], pair
    goodness = column.goodness(value)
    against = run if run != reference else other
    link = address.to(item=row["item"], runs=",".join(filter(None, (reference, against))))
    is_chosen = address.item == row["item"] and run in (reference, *chosen)
    return ItemCell(value, None if goodness is None else round(100 * goodness), link, is_chosen)


def _scored(suite: SuiteSnapshot, column: Column) -> pl.DataFrame:
    cell = pl.col(column.key).struct
    rows = suite.display.filter(pl.col("role") != "control").select("run_id", "model", "role", value=cell.field("value"))
    higher = column.higher_is_better is not False
    return rows.drop_nulls("value").sort("value", "model", "run_id", descending=[higher, False, False])


def _models(suite: SuiteSnapshot, column: Column, address: Address) -> list[dict[str, Any]]:
    """The models of the map: those of the address first, in its order, then the others, best first."""
    rows = _scored(suite, column).to_dicts()
    named = {run: number for number, run in enumerate(address.run_ids)}
    rows.sort(key=lambda row: named.get(row["run_id"], len(named)))
    return rows[:MOST_MODELS]


def pair(store: Store, suite: SuiteSnapshot, address: Address) -> list[dict[str, Any]]:
    """The answers of at most two runs of the address to its item: run_id, model, judge, transcript (None where not asked)."""
    if not address.item:
        return []
    sides = []
    for run_id in address.run_ids[:2]:
        try:
            run = samples.run(store, run_id)
        except samples.UnknownRunError:
            continue
        page = samples.samples(store, run_id, task=address.task, item=address.item, limit=1)
        sides.append(
            {
                "run_id": run_id,
                "model": run["model"],
                "judge": run["judge"],
                "transcript": transcripts.transcript(page.samples[0]) if page.samples else None,
                "address": Address(tab="model", suite=suite.source, run=run_id, task=address.task, item=address.item),
            }
        )
    return sides
