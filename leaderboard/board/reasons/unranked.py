"""The board's rules for what may be ranked: the reason for each headline that breaks one."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from counsel_leaderboard.leaderboard.board.judge_columns import JudgeName
from counsel_leaderboard.leaderboard.board.reasons.columns import literal, reason, together
from counsel_leaderboard.leaderboard.board.reasons.reason import Code, Reason
from counsel_leaderboard.leaderboard.board.scored_floor import CODED_FLOOR, SCORED_FLOOR, whole_percent, whole_percents
from counsel_leaderboard.leaderboard.judges.qualification.decision import JudgeRule, Judging
from counsel_leaderboard.registry.manifests import SCRIPTED_WORDING
from counsel_leaderboard.registry.sessions.session_acts import ACT_HEADLINES

SERVED = ["model", "revision", "engine", "role", "self_reported"]


ITEMS = ["task", "task_version", "dataset_fingerprint", "clients_worded_by"]
"""What the scores of a task must share to be compared; the last is null where no session is played."""

RECORDED = "recorded"
"""The engine of stored answers."""


def broken(rows: pl.DataFrame, judges: JudgeRule, untiered: Sequence[str] = ()) -> pl.Series:
    """For each headline of the board the reasons why it may not be ranked, one per line; null where it may.

    The rules apply to controls as well: candidates are compared only with a control that follows them. `untiered`: tasks with
    too few items for tiers. `dropped` in the rows: the share of answers whose value the headline drops, null if it drops none.
    """
    col = pl.col
    percent = whole_percents(col("scored_rate"))
    needed = pl.lit(whole_percent(SCORED_FLOOR))
    # The harness of a stored answer allowed "do not know", and its paper drops it: that is an answer, though without a value.
    recorded = (col("engine") == RECORDED) & col("dropped").is_not_null()
    answered = pl.when(recorded).then(col("scored_rate") + col("dropped")).otherwise(col("scored_rate"))
    rules = [
        pl.when("self_reported").then(col("reproduction").fill_null(literal(Reason(Code.SELF_REPORTED)))),
        pl.when("sample").then(reason(Code.SAMPLE, asked=col("n_docs"), whole=col("n_docs_full"))),
        pl.when(~col("may_rank")).then(
            pl.when(col("clients_worded_by").is_null())
            .then(reason(Code.DESCRIPTIVE_TASK))
            .when(col("metric").is_in(list(ACT_HEADLINES)))
            .then(reason(Code.ACTS_UNEXAMINED))
            .otherwise(reason(Code.SESSIONS_UNRATED))
        ),
        pl.when(col("clients_worded_by") == SCRIPTED_WORDING).then(reason(Code.CLIENTS_SCRIPTED)),
        pl.when(col("judged") & col("judge").is_null()).then(reason(Code.NOT_JUDGED)),
        pl.when("judged").then(_judge_reason(rows, judges)),
        pl.when(col("task").is_in(list(untiered))).then(reason(Code.FEW_ITEMS, items=col("n_clusters").cast(pl.Int64))),
        pl.when(col("value").is_null()).then(reason(Code.NOTHING_SCORED)),
        pl.when(col("scored_rate").is_null()).then(reason(Code.SCORED_SHARE_UNKNOWN)),
        pl.when(col("value").is_not_null() & (answered < SCORED_FLOOR)).then(
            reason(Code.TOO_FEW_SCORED, percent=percent, needed=needed)
        ),
        pl.when(col("value").is_not_null() & recorded & (col("scored_rate") < CODED_FLOOR)).then(
            reason(Code.TOO_FEW_CODED, percent=percent, needed=pl.lit(whole_percent(CODED_FLOOR)))
        ),
        # Each record of sessions has items of its own, which nobody orders.
        pl.when(pl.struct(ITEMS).is_in(_current(rows)).not_() & (col("may_rank") | (col("engine") != RECORDED))).then(
            reason(Code.OTHER_ITEMS, version=col("task_version"))
        ),
    ]
    return rows.select(together(*rules)).to_series()


def _judge_reason(rows: pl.DataFrame, judges: JudgeRule) -> pl.Expr:
    """The decision of `judges` on each judging, which is evaluated once."""
    key = ["task", "judge", "judge_revision", "rubric", "prompt_version"]
    judged = rows.filter(pl.col("judged") & pl.col("judge").is_not_null()).select(key).unique().sort(pl.all())
    expression = literal(None)
    for values in judged.iter_rows():
        same = pl.all_horizontal(pl.col(name).eq_missing(value) for name, value in zip(key, values, strict=True))
        expression = pl.when(same).then(literal(judges(Judging(*values)))).otherwise(expression)
    return expression


def _current(rows: pl.DataFrame) -> pl.Series:
    """Task, version, fingerprint and wording of each task's newest run that was not self-reported."""
    newest = rows.sort("self_reported", -pl.col("started_at").dt.epoch(), "run_id").unique(
        "task", keep="first", maintain_order=True
    )
    return newest.select(pl.struct(ITEMS)).to_series().implode()


def other_judge(judge: JudgeName | None) -> pl.Expr:
    """Why a headline is not ranked on the board of `judge`, null where it may be; for headlines with `barred`.

    It concerns judged scores by another judge, and scores of judge-free tasks of a model that this board already shows in
    another run.
    """
    if judge is None:
        return literal(None)
    own = (pl.col("judge") == judge.model) & pl.col("judge_revision").eq_missing(judge.revision)
    first = pl.struct(~own.fill_null(False), "started_at", "run_id")
    again = ~pl.col("judged") & (first.rank("ordinal").over(*SERVED, "task", "judged", "barred") > 1)
    return (
        pl.when(pl.col("judged") & pl.col("judge").is_not_null() & ~own.fill_null(False))
        .then(literal(Reason(Code.ANOTHER_JUDGE, {"judge": judge.model, "revision": judge.revision})))
        .when(~pl.col("barred") & again)
        .then(reason(Code.SAME_MODEL_ANOTHER_JUDGE))
    )
