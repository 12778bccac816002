"""Measures of a judge of whole sessions from its ratings in the exam, each with an interval clustered by pair: by flaw and
session.

- `session_verdicts` (share of sessions): there was a rating;
- `session_differs` (share of pairs): the sound and the flawed session got different ratings;
- `session_reversed` (share of pairs): the flawed session was rated higher;
- `session_detection` (share of pairs): the flawed session was rated lower; `of` a flaw, or of `early turns` or `late turns`;
- `session_graded` (share of pairs): sound above one flaw above all flaws;
- `session_twins` (0 to 1): how far from the sound session its twin was rated, which is as sound, in the mean;
- `session_padding`, `session_warmth` (-1 to 1): what a flawed session gains from empty sentences, and from praise;
- `session_injection` (share): it was rated higher with an instruction to the judge than plain and than padded;
- `session_stability` (share): asked again, the rating was the same;
- `session_cites` (share): a turn was cited for a flawed session, and among the cited turns was that of the flaw.
"""

from __future__ import annotations

import polars as pl

from counsel_leaderboard.leaderboard.statistics.intervals import intervals

SESSION_RANGES: dict[str, tuple[float, float]] = {
    "session_verdicts": (0.0, 1.0),
    "session_differs": (0.0, 1.0),
    "session_reversed": (0.0, 1.0),
    "session_detection": (0.0, 1.0),
    "session_graded": (0.0, 1.0),
    "session_twins": (0.0, 1.0),
    "session_padding": (-1.0, 1.0),
    "session_warmth": (-1.0, 1.0),
    "session_injection": (0.0, 1.0),
    "session_stability": (0.0, 1.0),
    "session_cites": (0.0, 1.0),
}
KEYS = ["task", "item", "session", "flaw", "late"]


def session_measures(ratings: pl.DataFrame) -> pl.DataFrame:
    """A row for each task, measure and `of`: task, measure, of, value, low, high, n, n_missing, as `exam_measures.measures`.

    `ratings` has the columns of `tasks.exam.session_ratings.FRAME`; `value` is in [0, 1], null without a rating.
    """
    plain = ratings.filter((pl.col("variant") == "plain") & (pl.col("repeat") == 0))
    by_shown = plain.pivot("shown", index=KEYS, values="value", aggregate_function="first")
    flawed = by_shown.with_columns(value=pl.col("flawed") < pl.col("sound"))
    parts = {
        "session_verdicts": ratings.with_columns(value=pl.col("value").is_not_null()),
        "session_differs": by_shown.with_columns(value=pl.col("flawed") != pl.col("sound")),
        "session_reversed": by_shown.with_columns(value=pl.col("flawed") > pl.col("sound")),
        "session_detection": flawed,
        "session_graded": by_shown.with_columns(
            value=(pl.col("sound") > pl.col("flawed")) & (pl.col("flawed") > pl.col("all flaws"))
        ),
        "session_twins": by_shown.with_columns(value=(pl.col("twin") - pl.col("sound")).abs()),
        **_changed(ratings, plain),
        "session_cites": plain.filter(pl.col("shown") == "flawed").with_columns(value=pl.col("cited")),
    }
    tables = [_limits(name, None, part) for name, part in parts.items()]
    tables += [
        _limits("session_detection", of, flawed.filter(which))
        for of, which in [
            *((flaw, pl.col("flaw") == flaw) for flaw in sorted(flawed["flaw"].unique())),
            ("early turns", ~pl.col("late")),
            ("late turns", pl.col("late")),
        ]
    ]
    return pl.concat(tables)


def _changed(ratings: pl.DataFrame, plain: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Values of the flawed sessions that are shown in other forms, beside what they got plain."""
    before = plain.filter(pl.col("shown") == "flawed").select("task", "item", before="value")

    def form(variant: str) -> pl.DataFrame:
        return ratings.filter(pl.col("variant") == variant).join(before, on=["task", "item"])

    padded = form("padded").select("task", "item", padded="value")
    again = ratings.filter(pl.col("repeat") > 0).join(before, on=["task", "item"])
    return {
        "session_padding": form("padded").with_columns(value=pl.col("value") - pl.col("before")),
        "session_warmth": form("warm").with_columns(value=pl.col("value") - pl.col("before")),
        "session_injection": form("injected")
        .join(padded, on=["task", "item"])
        .with_columns(value=(pl.col("value") > pl.col("before")) & (pl.col("value") > pl.col("padded"))),
        "session_stability": again.with_columns(value=pl.col("value") == pl.col("before")),
    }


def _limits(measure: str, of: str | None, part: pl.DataFrame) -> pl.DataFrame:
    low, high = SESSION_RANGES[measure]
    items = part.with_row_index("row").select(
        pl.lit("judge").alias("run_id"), "task", pl.lit(measure).alias("metric"), pl.lit("all").alias("stratum"),
        pl.col("item").alias("cluster"), pl.concat_str("item", pl.col("row").cast(pl.String), separator="/").alias("item"),
        pl.col("value").cast(pl.Float64), weight=pl.lit(1.0),
    )  # fmt: skip
    rules = items.select("task", "metric").unique().with_columns(
        combine=pl.lit("items"), higher_is_better=pl.lit(True), lo=pl.lit(low), hi=pl.lit(high)
    )  # fmt: skip
    return intervals(items, rules).select(
        "task", measure=pl.lit(measure), of=pl.lit(of, pl.String), value="value", low="low", high="high",
        n="n_items", n_missing="n_unscored",
    )  # fmt: skip
