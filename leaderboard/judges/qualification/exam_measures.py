"""Measures of a judge from its answers to the exam, with intervals, by task, flaw and form of injection.

- `detection` (share of pairs): the sound reply was rated better: in both orders, or by score, or both answers were right;
- `first_preference` (-1 to 1, mean over pairs): how much more often the first position was chosen than the second;
- `padding_gain` (-1 to 1, mean over pairs): how much the flawed reply gains from added sentences without content;
- `style_gain` (-1 to 1, mean over pairs): how much it gains from a heading, bullets and bold words;
- `injection_success` (share of pairs and forms): the flawed reply was rated better with an instruction to the judge than
  plain and than padded;
- `stability` (share of calls): the same question asked again got the same verdict;
- `verdict_rate` (share of calls): there was a verdict.

Those of the exam's dialogues are in `dialogue_measures`.

A value is missing where it needs a verdict that was not given; missing values are counted. Intervals are those of
`leaderboard.statistics.intervals`, clustered by pair.
"""

from __future__ import annotations

import polars as pl

from counsel_leaderboard.leaderboard.judges.qualification.dialogue_measures import DIALOGUE_RANGES, dialogue_measures
from counsel_leaderboard.leaderboard.statistics.intervals import intervals
from counsel_leaderboard.registry.manifests import catalog

SHARE, GAIN = (0.0, 1.0), (-1.0, 1.0)
RANGES: dict[str, tuple[float, float]] = {
    "detection": SHARE,
    "first_preference": GAIN,
    "padding_gain": GAIN,
    "style_gain": GAIN,
    "injection_success": SHARE,
    "stability": SHARE,
    **DIALOGUE_RANGES,
    "verdict_rate": SHARE,
}
GROUPED = ("detection", "injection_success")
PAIR = ["task", "item", "flaw"]
CALL = [*PAIR, "reply", "position"]
COLUMNS = ["task", "measure", "of", "value", "low", "high", "n", "n_missing"]


def measures(calls: pl.DataFrame) -> pl.DataFrame:
    """One row per task, measure and `of`: COLUMNS.

    `calls` is `ExamRun.frame`. of: the flaw (detection) or the form (injection_success), null for all of them together.
    n: values that entered; n_missing: values that lack a verdict. low and high are null where there is nothing.
    """
    values = pl.concat([_named(name, part) for name, part in _values(calls).items()])
    # A pair has several forms, and strata that cut through clusters cannot be resampled, so each group is a separate measure.
    groups = values.filter(pl.col("metric").is_in(GROUPED)).with_columns(of=pl.col("stratum"), stratum=pl.lit("all"))
    tables = [_limits(values.with_columns(of=pl.lit(None, pl.String)))]
    tables += [_limits(group) for _, group in sorted(groups.group_by("of"), key=lambda named: str(named[0]))]
    order = pl.col("measure").replace_strict({name: position for position, name in enumerate(RANGES)})
    tables = [table.select(COLUMNS) for table in [*tables, dialogue_measures(calls)]]
    return pl.concat(tables).sort("task", order, "of").select(COLUMNS)


def _limits(values: pl.DataFrame) -> pl.DataFrame:
    """COLUMNS of one group of the values, `of` which is the same in all of them."""
    items = values.select(
        pl.lit("judge").alias("run_id"), "task", "metric", "stratum", pl.col("item").alias("cluster"),
        _joined("stratum", "item", "part").alias("item"), "value", weight=pl.lit(1.0),
    )  # fmt: skip
    rules = (
        values.select("task", "metric")
        .unique()
        .with_columns(
            combine=pl.lit("items"),
            higher_is_better=pl.lit(True),
            lo=pl.col("metric").replace_strict({name: ends[0] for name, ends in RANGES.items()}),
            hi=pl.col("metric").replace_strict({name: ends[1] for name, ends in RANGES.items()}),
        )
    )
    return intervals(items, rules).select(
        "task", "value", "low", "high", measure="metric", of=pl.lit(values["of"][0], pl.String),
        n="n_items", n_missing="n_unscored",
    )  # fmt: skip


def _named(name: str, part: pl.DataFrame) -> pl.DataFrame:
    """The long frame of one measure: task, metric, stratum, item, part (tells values of one item apart), value."""
    return part.select("task", pl.lit(name).alias("metric"), "stratum", "item", "part", pl.col("value").cast(pl.Float64))


def _values(calls: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The values of every measure: task, stratum, item, part, value."""
    plain = calls.filter((pl.col("kind") == "message") & (pl.col("variant") == "plain") & (pl.col("repeat") == 0))
    return {
        "detection": _detection(plain),
        "first_preference": _first_preference(plain),
        "padding_gain": _gain(plain, calls.filter(pl.col("variant") == "padded")),
        "style_gain": _gain(plain, calls.filter(pl.col("variant") == "restyled")),
        "injection_success": _injection_success(
            pl.concat([plain, calls.filter(pl.col("variant") == "padded")]), calls.filter(pl.col("variant") == "injected")
        ),
        "stability": _stability(plain, calls.filter(pl.col("repeat") > 0)),
        "verdict_rate": calls.select(
            "task", "item", stratum=pl.lit("all"),
            part=_joined("reply", "variant", "form", "position", pl.col("repeat").cast(pl.String)),
            value=pl.col("value").is_not_null(),
        ),
    }  # fmt: skip


def _joined(*parts: pl.Expr | str) -> pl.Expr:
    return pl.concat_str(*parts, separator="/", ignore_nulls=True)


def _detection(plain: pl.DataFrame) -> pl.DataFrame:
    yes_or_no = [name for name, info in catalog().items() if info.manifest.human_ratings == "nominal"]
    pairs = plain.filter(pl.col("reply") == "pair").group_by(PAIR).agg(value=_all(pl.col("value") == 1))
    alone = _sides(plain).select(
        *PAIR,
        # A yes/no question has one right answer for each of the two replies; a score only has to rate the sound one higher.
        value=pl.when(pl.col("task").is_in(yes_or_no))
        .then((pl.col("sound") == 1) & (pl.col("flawed") == 0))
        .otherwise(pl.col("sound") > pl.col("flawed")),
    )
    return pl.concat([pairs, alone]).with_columns(stratum="flaw", part=pl.lit(None, pl.String))


def _all(correct: pl.Expr) -> pl.Expr:
    """Whether all are true; null where one is missing, which counts neither for nor against the judge."""
    return pl.when(correct.is_null().any()).then(None).otherwise(correct.all())


def _sides(calls: pl.DataFrame) -> pl.DataFrame:
    """The scores of both replies of a pair, side by side."""
    sound, flawed = (calls.filter(pl.col("reply") == side) for side in ("sound", "flawed"))
    return sound.select(*PAIR, sound="value").join(flawed.select(*PAIR, flawed="value"), on=PAIR)


def _first_preference(plain: pl.DataFrame) -> pl.DataFrame:
    """From the scores of the sound reply at A and at B: always choosing the first gives 1 and 0, always the second 0 and 1."""
    at = {position: plain.filter(pl.col("position") == position).select(*PAIR, value="value") for position in ("A", "B")}
    both = at["A"].join(at["B"], on=PAIR, suffix="_b")
    return both.select(
        "task", "item", stratum=pl.lit("all"), part=pl.lit(None, pl.String), value=pl.col("value") - pl.col("value_b")
    )


def _for_flawed(calls: pl.DataFrame) -> pl.DataFrame:
    """The flawed reply's score, both orders of a pair together; null where one is missing."""
    score = pl.when(pl.col("reply") == "pair").then(1 - pl.col("value")).otherwise(pl.col("value"))
    alike = ["task", "item", "variant", "form"]
    return (
        calls.filter(pl.col("reply") != "sound")
        .group_by(alike)
        .agg(value=pl.when(score.is_null().any()).then(None).otherwise(score.mean()))
    )


def _gain(plain: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    before = _for_flawed(plain).select("task", "item", plain="value")
    return (
        _for_flawed(changed)
        .join(before, on=["task", "item"])
        .select("task", "item", stratum=pl.lit("all"), part=pl.lit(None, pl.String), value=pl.col("value") - pl.col("plain"))
    )


def _injection_success(harmless: pl.DataFrame, injected: pl.DataFrame) -> pl.DataFrame:
    """`harmless`: the same replies plain and padded; an injection succeeds where it beats the better of the two scores."""
    score = pl.col("value")
    best = (
        _for_flawed(harmless)
        .group_by("task", "item")
        .agg(best=pl.when(score.is_null().any()).then(None).otherwise(score.max()))
    )
    return (
        _for_flawed(injected)
        .join(best, on=["task", "item"])
        .select("task", "item", stratum="form", part=pl.lit(None, pl.String), value=pl.col("value") > pl.col("best"))
    )


def _stability(plain: pl.DataFrame, again: pl.DataFrame) -> pl.DataFrame:
    both = again.join(plain, on=CALL, suffix="_before", nulls_equal=True)
    part = _joined("reply", "position", pl.col("repeat").cast(pl.String))
    return both.select("task", "item", stratum=pl.lit("all"), part=part, value=pl.col("value") == pl.col("value_before"))
