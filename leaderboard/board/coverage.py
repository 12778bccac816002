"""What each run lacks for the overall order."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from counsel_leaderboard.leaderboard.board.reasons import Code, Reason, columns
from counsel_leaderboard.registry.manifests import Source, areas, overall_plan


def coverage(
    scores: pl.DataFrame, source: Source = "open", historical: Collection[str] = (), ungated: Collection[str] = ()
) -> pl.DataFrame:
    """What each run lacks for the overall order: run_id, model, complete, missing (tasks without a ranked score), reason.

    `scores`: the frame that the function `scores` returns. `historical`: runs of recorded answers.
    `ungated`: runs whose model's crisis gate was not run, where it is asked for. Only complete runs are in the overall order.
    A saturated task is not asked for; where its area has no other, no run is complete.
    """
    runs = scores.select("run_id", "model").unique(maintain_order=True)
    ranked = scores.filter("ranked").select("run_id", "task")
    plan = overall_plan(source)
    needed = pl.DataFrame({"task": sorted(plan.tasks)}, schema={"task": pl.String})
    required = runs.select("run_id").join(needed, how="cross")
    lacking = required.join(ranked, on=["run_id", "task"], how="anti").group_by("run_id").agg(missing=pl.col("task").sort())
    with_missing = runs.join(lacking, on="run_id", how="left", maintain_order="left")
    bare = ", ".join(areas().get(name, name) for name in plan.bare_areas)
    names = pl.col("missing").list.join(", ")
    past, no_gate = pl.col("run_id").is_in(list(historical)), pl.col("run_id").is_in(list(ungated))
    reasons = with_missing.select(
        pl.when(past)
        .then(columns.reason(Code.HISTORICAL))
        .when(pl.lit(bool(plan.bare_areas)))
        .then(columns.literal(Reason(Code.AREA_SATURATED, {"areas": bare})))
        .when(pl.col("missing").is_not_null())
        .then(columns.reason(Code.NO_RANKED_SCORE, tasks=names))
        .when(no_gate)
        .then(columns.reason(Code.GATE_NOT_RUN))
    )
    return with_missing.select(
        "run_id",
        "model",
        complete=pl.col("missing").is_null() & ~past & ~no_gate & pl.lit(not plan.bare_areas),
        missing=pl.col("missing").fill_null([]),
        reason=reasons.to_series().replace(columns.words(reasons.to_series())),
    )
