"""The board as a display frame with a row per run and a column per task, and its filters, search and order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board import gate_columns
from counsel_leaderboard.leaderboard.board.board import Board
from counsel_leaderboard.leaderboard.board.controls import ControlToBeat
from counsel_leaderboard.leaderboard.board.reasons import columns as reason_columns
from counsel_leaderboard.leaderboard.board.scored_floor import with_bounds
from counsel_leaderboard.registry.manifests import Source, areas, overall_tasks, uses
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.views import languages

PAGE: Final = 50
OVERALL_COLUMN: Final = "overall"
# With fewer models than this the page shows the controls by default: a short board says little without them.
FEW_MODELS: Final = 5
WEIGHTS: Final = {"open": "open", "unknown": "not shown to be open"}
# Engines that load a model's files themselves; the files behind an endpoint are unknown to this host.
ENGINES_WITH_FILES: Final = ("vllm", "llama_cpp")
CELL: Final = (
    *("value", "low", "high", "n_items", "n_unscored", "n_total", "sample", "ranked", "unranked_reason"),
    *("unranked_reasons", "tier", "rank_low", "rank_high", "note", "bound_low", "bound_high", "partial"),
)
MODEL: Final = (
    *("run_id", "model", "revision", "family", "parameters", "licence", "role", "engine", "judge"),
    *("self_reported", "sample", "started_at", "record"),
    *gate_columns.COLUMNS,
)


@dataclass(frozen=True)
class Column:
    """The column of one task: its headline metric. lo and hi are the ends of the metric's range.

    higher_is_better: None where the metric is descriptive, which has no better end.
    """

    task: str
    metric: str
    area: str
    higher_is_better: bool | None
    lo: float
    hi: float
    ranked: bool
    judged: bool
    dataset: str

    @property
    def key(self) -> str:
        """The unique name of this column in the display frame."""
        return f"task {self.task}"

    def position(self, value: float | None) -> float | None:
        """The position of a value in the range, from 0 at `lo` to 100 at `hi`, clipped; None without a value or a range."""
        if value is None or not self.hi > self.lo:
            return None
        return 100 * min(max((value - self.lo) / (self.hi - self.lo), 0.0), 1.0)

    def goodness(self, value: float | None) -> float | None:
        """The quality of a value, from 0 at the worst end of the range to 1 at the best.

        None without a value, a range or a direction.
        """
        percent = self.position(value)
        if percent is None or self.higher_is_better is None:
            return None
        return percent / 100 if self.higher_is_better else 1 - percent / 100


def columns(scores: pl.DataFrame, tasks: pl.DataFrame, source: Source) -> tuple[Column, ...]:
    """The columns of a suite, by area, tasks of the overall order first. A task without a run on the board has no column.

    `scores` is the frame of leaderboard.board.board.scores, `tasks` that of leaderboard.store.queries.tasks.
    """
    scored = set(scores.filter(pl.col("headline"))["task"])
    entries = [
        Column(
            **{key: row[key] for key in ("task", "area", "higher_is_better", "lo", "hi", "ranked", "judged", "dataset")},
            metric=row["headline"],
        )
        for row in tasks.iter_rows(named=True)
        if row["task"] in scored
    ]
    needed, order = overall_tasks(source), list(areas())
    return tuple(
        sorted(entries, key=lambda column: (_area_position(order, column.area), column.task not in needed, column.task))
    )


def _area_position(order: list[str], area: str) -> tuple[int, str]:
    """The sort key of an area; an area that is not installed comes last."""
    return (order.index(area), "") if area in order else (len(order), area)


def display(board: Board, columns: tuple[Column, ...]) -> pl.DataFrame:
    """One row per run: MODEL, `overall` (struct or null), `missing` (tasks without a ranked score), and a struct per task.

    A task's struct has the fields CELL, and is null if the run has no score for the task; `partial`, low and high are those of
    `scored_floor.with_bounds`. `open_weights`: whether an engine
    that reads the model's files (ENGINES_WITH_FILES) ran the model at a recorded revision. `qualified`: whether scores by its
    judge may be ranked, null if it has no judge.
    """
    rows = _with_flags(board).select(*MODEL, "open_weights", "qualified")
    missing = board.coverage.select("run_id", "missing")
    rows = rows.join(missing, on="run_id", how="left", maintain_order="left")
    rows = rows.join(_overall(board), on="run_id", how="left", maintain_order="left")
    headlines = with_bounds(board.scores.filter(pl.col("headline")))
    for column in columns:
        cells = headlines.filter(pl.col("task") == column.task)
        rows = rows.join(
            cells.select("run_id", pl.struct(CELL).alias(column.key)), on="run_id", how="left", maintain_order="left"
        )
    return rows


def _with_flags(board: Board) -> pl.DataFrame:
    # A judge is qualified if its card passes the thresholds in every task that it judged on this board.
    qualified = pl.DataFrame(
        [(judging.judge, judging.revision, reason is None) for judging, reason in board.judges.items()],
        schema={"judge": pl.String, "judge_revision": pl.String, "qualified": pl.Boolean},
        orient="row",
    )
    qualified = qualified.group_by("judge", "judge_revision").agg(pl.col("qualified").all())
    keys = ["judge", "judge_revision"]
    rows = board.models.join(qualified, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return rows.with_columns(open_weights=pl.col("engine").is_in(ENGINES_WITH_FILES) & pl.col("revision").is_not_null())


def in_areas(columns: tuple[Column, ...], areas: str) -> tuple[Column, ...]:
    """The columns of the comma-separated `areas`; all columns if `areas` is empty or none of them matches."""
    names = areas.split(",") if areas else []
    return tuple(column for column in columns if column.area in names) or columns


def bearing(columns: tuple[Column, ...], use: str) -> tuple[Column, ...]:
    """The columns that bear on a use, in the order of its table; none for a use that is not in it."""
    by_task = {column.task: column for column in columns}
    return tuple(by_task[task] for task in uses()[use].tasks if task in by_task) if use in uses() else ()


def in_language(columns: tuple[Column, ...], language: str) -> tuple[Column, ...]:
    """The columns whose questions are in a language; all columns if it is "" or none of them matches."""
    return tuple(column for column in columns if language in languages.of_dataset(column.dataset)) or columns


def chosen(columns: tuple[Column, ...], address: Address) -> tuple[Column, ...]:
    """The columns for the use and the language of the page; none where it names neither, or no column is left out."""
    spoken = in_language(columns, address.language)
    return bearing(spoken, address.use) or (spoken if spoken != columns else ())


def shown(columns: tuple[Column, ...], address: Address) -> tuple[Column, ...]:
    """The columns of the page: those for its use and language, where there are any, in the areas that it names."""
    return in_areas(chosen(columns, address) or columns, address.areas)


def _overall(board: Board) -> pl.DataFrame:
    fields = ("rank", "value", "low", "high", "tier", "rank_low", "rank_high")
    if board.ranks.overall is None:
        return pl.DataFrame(schema={"run_id": pl.String, OVERALL_COLUMN: pl.Struct({"value": pl.Float64})})
    others = pl.col(r"^rank_(without|double|mean|p5|p95).*$")
    extremes = board.ranks.overall.sensitivity.select("run_id", least=pl.min_horizontal(others), most=pl.max_horizontal(others))
    order = board.ranks.overall.order.join(extremes, on="run_id", how="left", maintain_order="left")
    return order.select("run_id", pl.struct(*fields, "least", "most").alias(OVERALL_COLUMN))


def with_controls(rows: pl.DataFrame, address: Address) -> bool:
    """Whether controls have rows of their own: as the address says; if it says "auto", only on a board with few models."""
    if address.controls == "auto":
        return rows.filter(pl.col("role") == "candidate").height < FEW_MODELS
    return address.controls == "yes"


def default_sort(rows: pl.DataFrame, columns: tuple[Column, ...], *, overall: bool = True) -> str:
    """The column to sort by: the overall order if there is one, else the task that ranks most models, else "model".

    Of tasks that rank as many, the first. overall: whether the overall order may be it.
    """
    if overall and rows[OVERALL_COLUMN].is_not_null().any():
        return OVERALL_COLUMN
    ranked = {column.task: rows[column.key].struct.field("tier").count() for column in columns}
    return max(ranked, key=lambda task: ranked[task], default="model")


def ordered(rows: pl.DataFrame, columns: tuple[Column, ...], sort: str, worst: bool) -> pl.DataFrame:
    """Rows sorted by a column, best first (or worst first); on ties candidates before controls.

    Always last: scores of too few items, whose values say little, and after them missing ones.

    In every order, the worst first too, models that pass the crisis gate stand first and those that fail it last. sort:
    "model", "overall" or a task. Where lower is better, the lowest value is the best; of descriptive ones the highest is first.
    """
    tie: list[Any] = ["role", pl.col("model").str.to_lowercase(), "run_id"]
    if sort == "model":
        return rows.sort(gate_columns.group(), pl.col("model").str.to_lowercase(), "run_id", descending=[False, worst, False])
    column = next((column for column in columns if column.task == sort), None)
    higher = column is None or column.higher_is_better is not False
    cell = pl.col(column.key if column else OVERALL_COLUMN).struct
    value = cell.field("value")
    # A literal in place of the missing field would be a column of one row.
    ends = [value.is_null(), cell.field("partial").fill_null(False) if column else value.is_null()]
    return rows.sort(
        gate_columns.group(), *ends, value, *tie, descending=[False, False, False, higher != worst, False, False, False]
    )


def best_controls(
    rows: pl.DataFrame, columns: tuple[Column, ...], to_beat: Mapping[str, ControlToBeat]
) -> dict[str, ControlToBeat]:
    """The best control of each task that has a direction: that of `controls.to_beat`, else the control with the best value.

    The board compares nobody with the latter: a rule keeps it, or every model, out of the ranking.
    """
    controls = rows.filter(pl.col("role") == "control")
    best: dict[str, ControlToBeat] = {}
    for column in columns:
        if column.higher_is_better is None:
            continue
        value = pl.col(column.key).struct.field("value")
        order = value if not column.higher_is_better else -value
        partial = pl.col(column.key).struct.field("partial").fill_null(False)
        top = controls.filter(value.is_not_null()).sort(partial, order, "run_id", descending=[False, False, True]).head(1)
        if column.task in to_beat:
            best[column.task] = to_beat[column.task]
        elif top.height:
            run_id, model, reached = top.select("run_id", "model", value).row(0)
            best[column.task] = ControlToBeat(run_id, model, reached, 0, 0, beside=False)
    return best


def reasons(rows: pl.DataFrame, columns: tuple[Column, ...]) -> pl.DataFrame:
    """Why scores of candidates are not ranked: columns reason, tasks and models (their number), most models first."""
    candidates = rows.lazy().filter(pl.col("role") == "candidate")
    parts = [
        candidates.select(
            "model", pl.lit(column.task).alias("task"), reason=pl.col(column.key).struct.field("unranked_reasons")
        )
        for column in columns
    ]
    if not parts:
        return pl.DataFrame(schema={"reason": pl.String, "tasks": pl.List(pl.String), "models": pl.UInt32})
    counts = (
        pl.concat(parts)
        .explode("reason", empty_as_null=False, keep_nulls=False)
        .group_by("reason")
        .agg(tasks=pl.col("task").unique().sort(), models=pl.col("model").n_unique())
        .collect()
    )
    words = reason_columns.words(counts["reason"])
    counts = counts.with_columns(pl.col("reason").replace_strict(words, return_dtype=pl.String))
    return counts.sort("models", "reason", descending=[True, False])
