"""The figures of people that are drawn as lines in pictures: those of runs on the board, and those that manifests name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from counsel_leaderboard.registry.manifests import Source, reference_lines
from counsel_leaderboard.space.views.board_frame import Column


@dataclass(frozen=True)
class PeopleLine:
    """One line: whose figure, its value, where it was published, and the address of that ("" where a run gives it)."""

    label: str
    value: float
    source: str
    url: str = ""


def of_columns(rows: pl.DataFrame, columns: Sequence[Column], suite: Source) -> Mapping[str, list[PeopleLine]]:
    """The lines of each task's headline; a run of people on the board stands for the published figure of the same name."""
    return {column.task: _of_column(rows.filter(pl.col("role") == "people"), column, suite) for column in columns}


def _of_column(people: pl.DataFrame, column: Column, suite: Source) -> list[PeopleLine]:
    scores = people.select("model", "record", value=pl.col(column.key).struct.field("value")).drop_nulls("value")
    runs = [PeopleLine(row["model"], row["value"], row["record"] or "a run on this board") for row in scores.to_dicts()]
    names = {line.label for line in runs}
    return runs + [line for line in of_metric(suite, column.task, column.metric) if line.label not in names]


def of_metric(suite: Source, task: str, metric: str) -> list[PeopleLine]:
    """The published figures that the task's manifest names for a metric in this suite."""
    return [PeopleLine(line.label, line.value, line.source, line.url) for line in reference_lines(suite, task, metric)]
