"""A task's measures beside its headline, a column each: what a reader must see and the headline leaves out."""

from __future__ import annotations

from typing import Any

import polars as pl

from counsel_leaderboard.leaderboard.board.scored_floor import bounded
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.space.services.board_reader import SuiteSnapshot
from counsel_leaderboard.space.views.board_frame import Column


def beside(suite: SuiteSnapshot, column: Column) -> dict[str, Any] | None:
    """columns (of the manifest's `beside`), models (run_id, model, cells: one a column, None without a value).

    Models that have a value of the headline stand in the order of the board's models, controls left out; an older version of a
    task may lack a measure. None for a task without such measures, or where no model has a value of any.
    """
    manifest = catalog()[column.task].manifest
    columns = []
    for name in manifest.beside:
        metric = manifest.table()[name]
        low, high = (end if end is not None else 0.0 for end in metric.range)
        better = None if metric.descriptive else metric.higher_is_better
        columns.append(Column(column.task, name, column.area, better, low, high, False, column.judged, column.dataset))
    scores = suite.board.scores.filter((pl.col("task") == column.task) & pl.col("metric").is_in(manifest.beside))
    values = {(row["run_id"], row["metric"]): row for row in scores.iter_rows(named=True) if row["value"] is not None}
    cell = pl.col(column.key).struct
    whole = suite.display.filter((pl.col("role") != "control") & cell.field("value").is_not_null())
    models = [
        {"run_id": run_id, "model": model, "cells": [_cell(values.get((run_id, name)), partial) for name in manifest.beside]}
        for run_id, model, partial in whole.select("run_id", "model", cell.field("partial")).iter_rows()
    ]
    return {"columns": columns, "models": models} if any(any(row["cells"]) for row in models) else None


def _cell(score: dict[str, Any] | None, partial: bool | None) -> dict[str, Any] | None:
    return None if score is None else bounded(score, bool(partial))
