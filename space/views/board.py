"""The board as a display frame: one row a run, one column a task; filters, search and order over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board.board import Board
from counsel_leaderboard.leaderboard.board.reasons import Code
from counsel_leaderboard.leaderboard.board.reasons import columns as reason_columns
from counsel_leaderboard.registry.manifests import Source, areas, overall_tasks
from counsel_leaderboard.space.address import Address

PAGE: Final = 50
OVERALL_COLUMN: Final = "overall"
# Below this many models the controls are on the page without being asked for: a short board says little without them.
FEW: Final = 5
SIZES: Final = {
    "under 1B": (0, 1_000_000_000),
    "1B to 10B": (1_000_000_000, 10_000_000_000),
    "10B to 40B": (10_000_000_000, 40_000_000_000),
    "40B and more": (40_000_000_000, 2**63 - 1),
}
UNKNOWN: Final = "unknown"
WEIGHTS: Final = {"open": "open", "unknown": "not shown to be open"}
# Engines that load a model's files themselves; behind an endpoint nobody here has seen them.
LOADED: Final = ("vllm", "llama_cpp")
NO_JUDGE: Final = "none"
CELL: Final = (
    *("value", "low", "high", "n_items", "n_unscored", "n_total", "sample", "ranked", "unranked_reason"),
    *("unranked_reasons", "tier", "rank_low", "rank_high", "note"),
)
MODEL: Final = (
    *("run_id", "model", "revision", "family", "parameters", "licence", "role", "engine", "judge"),
    *("self_reported", "sample", "started_at"),
)


@dataclass(frozen=True)
class Column:
    """One headline: a task's column. lo and hi are the ends of its range."""

    task: str
    metric: str
    area: str
    higher_is_better: bool
    lo: float
    hi: float
    ranked: bool
    judged: bool
    dataset: str

    @property
    def key(self) -> str:
        """Its name in the display frame, which no other column of the frame has."""
        return f"task {self.task}"

    def place(self, value: float | None) -> float | None:
        """Where a value lies in the range, in percent from `lo`, kept inside; None for no value or no range."""
        if value is None or not self.hi > self.lo:
            return None
        return 100 * min(max((value - self.lo) / (self.hi - self.lo), 0.0), 1.0)

    def goodness(self, value: float | None) -> float | None:
        """From 0, the worst end of the range, to 1, the best."""
        place = self.place(value)
        if place is None:
            return None
        return place / 100 if self.higher_is_better else 1 - place / 100


def columns(scores: pl.DataFrame, tasks: pl.DataFrame, source: Source) -> tuple[Column, ...]:
    """The columns of a suite, by area, tasks of the overall order first; a task without a run on the board has none.

    `scores` is the frame of leaderboard.board.board.scores, `tasks` that of leaderboard.store.queries.tasks.
    """
    there = set(scores.filter(pl.col("headline"))["task"])
    made = [
        Column(
            **{key: row[key] for key in ("task", "area", "higher_is_better", "lo", "hi", "ranked", "judged", "dataset")},
            metric=row["headline"],
        )
        for row in tasks.iter_rows(named=True)
        if row["task"] in there
    ]
    needed, order = overall_tasks(source), list(areas())
    return tuple(sorted(made, key=lambda column: (_place(order, column.area), column.task not in needed, column.task)))


def _place(order: list[str], area: str) -> tuple[int, str]:
    """Where an area stands; one that is not installed here comes last."""
    return (order.index(area), "") if area in order else (len(order), area)


def display(board: Board, found: tuple[Column, ...]) -> pl.DataFrame:
    """One row a run: what it is, `overall` (struct or null), `missing` (tasks without a ranked score), a struct a task.

    A task's struct holds CELL, and is null where the run has no score for it. `open_weights`: an engine here loaded them at a
    recorded revision. `qualified`: whether its judge may be ranked on, null without one.
    """
    rows = _marked(board).select(*MODEL, "open_weights", "qualified")
    missing = board.coverage.select("run_id", "missing")
    rows = rows.join(missing, on="run_id", how="left", maintain_order="left")
    rows = rows.join(_overall(board), on="run_id", how="left", maintain_order="left")
    headlines = board.scores.filter(pl.col("headline"))
    for column in found:
        cells = headlines.filter(pl.col("task") == column.task)
        rows = rows.join(
            cells.select("run_id", pl.struct(CELL).alias(column.key)), on="run_id", how="left", maintain_order="left"
        )
    return rows


def _marked(board: Board) -> pl.DataFrame:
    # A judge is qualified for what it judged here when its card is enough in each task that it judged.
    said = pl.DataFrame(
        [(judging.judge, judging.revision, reason is None) for judging, reason in board.judges.items()],
        schema={"judge": pl.String, "judge_revision": pl.String, "qualified": pl.Boolean},
        orient="row",
    )
    said = said.group_by("judge", "judge_revision").agg(pl.col("qualified").all())
    rows = board.models.join(said, on=["judge", "judge_revision"], how="left", nulls_equal=True, maintain_order="left")
    return rows.with_columns(open_weights=pl.col("engine").is_in(LOADED) & pl.col("revision").is_not_null())


def in_areas(found: tuple[Column, ...], areas: str) -> tuple[Column, ...]:
    """The columns of the areas named with commas between; all of them where none is named or none is left."""
    wanted = areas.split(",") if areas else []
    return tuple(column for column in found if column.area in wanted) or found


def _overall(board: Board) -> pl.DataFrame:
    fields = ("rank", "value", "low", "high", "tier", "rank_low", "rank_high")
    if board.ranks.overall is None:
        return pl.DataFrame(schema={"run_id": pl.String, OVERALL_COLUMN: pl.Struct({"value": pl.Float64})})
    others = pl.col(r"^rank_(without|double|mean|p5|p95).*$")
    hangs_on = board.ranks.overall.sensitivity.select("run_id", least=pl.min_horizontal(others), most=pl.max_horizontal(others))
    order = board.ranks.overall.order.join(hangs_on, on="run_id", how="left", maintain_order="left")
    return order.select("run_id", pl.struct(*fields, "least", "most").alias(OVERALL_COLUMN))


def matching(rows: pl.DataFrame, address: Address) -> pl.DataFrame:
    """The rows that the address's search and filters leave; controls are left to `with_controls`."""
    return rows.filter(pl.all_horizontal(pl.lit(True), *_filters(address)))


def _filters(address: Address) -> list[pl.Expr]:
    col = pl.col
    found: list[pl.Expr] = []
    if address.q.strip():
        said = pl.concat_str(
            [col(name).fill_null("") for name in ("model", "family", "licence", "engine", "judge")], separator="\n"
        )
        found += [said.str.to_lowercase().str.contains(word, literal=True) for word in address.q.lower().split()]
    if address.size:
        found.append(_size(address.size))
    if address.licence:
        found.append(col("licence").fill_null(UNKNOWN) == address.licence)
    if address.engine:
        found.append(col("engine") == address.engine)
    if address.judge:
        found.append(col("judge").fill_null(NO_JUDGE) == address.judge)
    if address.weights:
        found.append(col("open_weights") == (address.weights == "open"))
    if address.qualified:
        found.append(col("qualified").fill_null(False))
    if not address.samples:
        found.append(~col("sample"))
    if not address.reported:
        found.append(~col("self_reported"))
    return found


def _size(name: str) -> pl.Expr:
    if name not in SIZES:
        return pl.col("parameters").is_null()
    low, high = SIZES[name]
    return pl.col("parameters").is_between(low, high, closed="left").fill_null(False)


def with_controls(rows: pl.DataFrame, address: Address) -> bool:
    """Whether controls have rows of their own: as the address says, and where it leaves it open, on a short board."""
    if address.controls == "auto":
        return rows.filter(pl.col("role") == "candidate").height < FEW
    return address.controls == "yes"


def default_sort(rows: pl.DataFrame, found: tuple[Column, ...]) -> str:
    """The overall order where there is one; else the first column, which the page says."""
    if rows[OVERALL_COLUMN].is_not_null().any():
        return OVERALL_COLUMN
    return found[0].task if found else "model"


def ordered(rows: pl.DataFrame, found: tuple[Column, ...], sort: str, worst: bool) -> pl.DataFrame:
    """Rows by a column, best first (or worst), missing last always; candidates before controls where values are equal.

    sort: "model", "overall" or a task. Lower-is-better is honoured.
    """
    tie: list[Any] = ["role", pl.col("model").str.to_lowercase(), "run_id"]
    if sort == "model":
        return rows.sort(pl.col("model").str.to_lowercase(), "run_id", descending=[worst, False])
    column = next((one for one in found if one.task == sort), None)
    higher = column.higher_is_better if column else True
    value = pl.col(column.key if column else OVERALL_COLUMN).struct.field("value")
    return rows.sort(value, *tie, descending=[higher != worst, False, False, False], nulls_last=True)


def best_controls(rows: pl.DataFrame, found: tuple[Column, ...]) -> dict[str, dict[str, Any]]:
    """The best control of each task: model, run_id, value, and `no_better` of how many candidates `of` it does as well as.

    Controls that the board holds candidates against come before others. Whether a control does as well is the ranking's
    finding, so both counts are of candidates whose score may be ranked but for that: 0 of 0 where there is none.
    """
    controls, candidates = (rows.filter(pl.col("role") == role) for role in ("control", "candidate"))
    best: dict[str, dict[str, Any]] = {}
    for column in found:
        cell = pl.col(column.key).struct
        value, codes = cell.field("value"), reason_columns.codes(cell.field("unranked_reasons"))
        order = value if not column.higher_is_better else -value
        barred = codes.list.set_difference([Code.CONTROL.value]).list.len() > 0
        top = controls.filter(value.is_not_null()).sort(barred, order, "run_id", descending=[False, False, True]).head(1)
        if top.is_empty():
            continue
        failed = candidates.filter(codes.list.contains(Code.NOT_BETTER_THAN_CONTROL.value)).height
        ranked = candidates.filter(cell.field("ranked")).height
        row = top.select("run_id", "model", value=value).to_dicts()[0]
        best[column.task] = {**row, "no_better": failed, "of": failed + ranked}
    return best


def reasons(rows: pl.DataFrame, found: tuple[Column, ...]) -> pl.DataFrame:
    """Why scores of these rows are not ranked: reason, tasks, models (how many), most models first; controls left out."""
    candidates = rows.lazy().filter(pl.col("role") == "candidate")
    parts = [
        candidates.select(
            "model", pl.lit(column.task).alias("task"), reason=pl.col(column.key).struct.field("unranked_reasons")
        )
        for column in found
    ]
    if not parts:
        return pl.DataFrame(schema={"reason": pl.String, "tasks": pl.List(pl.String), "models": pl.UInt32})
    said = (
        pl.concat(parts)
        .explode("reason", empty_as_null=False, keep_nulls=False)
        .group_by("reason")
        .agg(tasks=pl.col("task").unique().sort(), models=pl.col("model").n_unique())
        .collect()
    )
    said = said.with_columns(pl.col("reason").replace_strict(reason_columns.words(said["reason"]), return_dtype=pl.String))
    return said.sort("models", "reason", descending=[True, False])


def choices(rows: pl.DataFrame) -> dict[str, list[str]]:
    """What each filter can be set to on this board."""
    return {
        "size": [*SIZES, UNKNOWN],
        "licence": rows["licence"].fill_null(UNKNOWN).unique().sort().to_list(),
        "engine": rows["engine"].unique().sort().to_list(),
        "judge": rows["judge"].fill_null(NO_JUDGE).unique().sort().to_list(),
    }
