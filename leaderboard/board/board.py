"""The board: which runs it shows, their scores as one long frame, and why a score is not ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import duckdb
import polars as pl

from counsel_leaderboard.leaderboard.board import gate_columns, judge_columns, word_columns
from counsel_leaderboard.leaderboard.board.coverage import coverage
from counsel_leaderboard.leaderboard.board.judge_columns import JudgeName
from counsel_leaderboard.leaderboard.board.ranks import named, rank, ranker
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason, columns
from counsel_leaderboard.leaderboard.board.reasons import unranked as rules
from counsel_leaderboard.leaderboard.crisis_gate import model_gates, people
from counsel_leaderboard.leaderboard.crisis_gate.gate import State
from counsel_leaderboard.leaderboard.crisis_gate.model_gates import Gates
from counsel_leaderboard.leaderboard.judges.qualification import act_exam
from counsel_leaderboard.leaderboard.judges.qualification import decision as judge_rules
from counsel_leaderboard.leaderboard.judges.qualification.decision import JudgeRule, Judging
from counsel_leaderboard.leaderboard.runs import reproduction
from counsel_leaderboard.leaderboard.statistics.ranking.ranker import BoardRanks, Ranker
from counsel_leaderboard.leaderboard.store import run_tables
from counsel_leaderboard.leaderboard.store.cache import StoreCache
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.leaderboard.store.directions import without_descriptive
from counsel_leaderboard.registry.manifests import FIXED_SIDES, Source, dropped_answers, untiered_tasks

COLUMNS = [
    *("run_id", "spec_id", "model", "role", "task", "area", "metric", "headline", "higher_is_better", "value", "low", "high"),
    *("n_items", "n_clusters", "n_unscored", "n_total", "sample", "judge", "ranked", "unranked_reason"),
    *("tier", "rank_low", "rank_high", "dataset_fingerprint", "task_version"),
    *("interval", "conservative", "note", "bound_low", "bound_high"),
    *(*gate_columns.COLUMNS, "unranked_reasons"),
]

# The board shows one run for each model as it was served and judged: of those not retracted, a full run before a sample,
# then the one with more tasks, then the newest. Self-reported runs and controls are shown too and never replace another run.
# A judged run replaces an unjudged one of the same model that is no larger. Runs whose clients another model worded are not
# replaced: their scores are of other sessions. A run without such sessions counts to those of any wording.
SHOWN = f"""
WITH extent AS (
    SELECT run_id, bool_or(sample) AS sample, count(*) AS n_tasks,
        max(settings->>'$.clients_worded_by') FILTER (settings->>'$.clients_worded_by' <> '{FIXED_SIDES}') AS worded
    FROM tasks GROUP BY run_id),
known AS (
    SELECT runs.*, sample, n_tasks, (NOT sample, n_tasks) AS extent,
        coalesce(worded, max(worded) OVER (PARTITION BY model, revision, engine, role, self_reported)) AS worded
    FROM runs JOIN extent USING (run_id) WHERE source = $source AND run_id NOT IN (SELECT run_id FROM retractions)),
newest AS (
    SELECT * EXCLUDE (n_tasks) FROM known
    QUALIFY row_number() OVER (
        PARTITION BY model, revision, engine, role, self_reported, judge, judge_revision, worded
        ORDER BY sample, n_tasks DESC, started_at DESC, run_id) = 1),
shown AS (
    SELECT *, max(extent) FILTER (judge IS NOT NULL) OVER (
        PARTITION BY model, revision, engine, role, self_reported, worded) AS judged
    FROM newest QUALIFY judge IS NOT NULL OR judged IS NULL OR extent > judged)
"""  # noqa: S608 - a constant

# Runs and tasks are queried apart from the many more scores, and joined in polars: repeating the same texts on every row of a
# joined result costs five times as much.
RUN_TASKS = f"""
{SHOWN}
SELECT run_id, shown.spec_id, shown.model, shown.revision, shown.engine, shown.role, tasks.task,
    tasks.area, tasks.sample, shown.judge, shown.judge_revision,
    shown.self_reported, shown.started_at, tasks.dataset_fingerprint, tasks.task_version, tasks.ranked AS may_rank,
    tasks.judged, tasks.settings->>'$.judge.rubric' AS rubric, tasks.settings->>'$.judge.prompt_version' AS prompt_version,
    tasks.settings->>'$.clients_worded_by' AS clients_worded_by,
    tasks.scored_rate, tasks.n_docs, tasks.n_docs_full
FROM shown JOIN tasks USING (run_id)
"""  # noqa: S608 - a constant

SCORES = f"""
{SHOWN}
SELECT run_id, task, metric, headline, higher_is_better, value, low, high, interval, conservative, note, bound_low, bound_high,
    n_items, n_clusters, n_unscored, n_total
FROM scores WHERE run_id IN (SELECT run_id FROM shown)
"""  # noqa: S608 - a constant

MODELS = f"""
{SHOWN}
SELECT run_id, spec_id, model, revision, family, parameters, licence, role, engine, engine_version, judge, judge_revision,
    self_reported, sample, started_at,
    CASE WHEN engine = 'recorded' THEN concat_ws(
        ', ', engine_options->>'$.source', engine_options->>'$.answered',
        CASE WHEN len(engine_options->'$.answers.*.first_use') > 0 THEN 'file pinned by commit alone' END
    ) END AS record
FROM shown ORDER BY model, run_id
"""  # noqa: S608 - a constant

HEADLINE_ITEMS = """
SELECT run_id, task, tasks.headline AS metric, stratum, "cluster", item, value, weight
FROM headline_items JOIN tasks USING (run_id, task)
WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND ($task IS NULL OR task = $task)
"""
ITEMS = ["run_id", "task", "metric", "stratum", "cluster", "item", "value", "weight"]

# The combine rule of a breakdown is inferred from its values, and a few values fit several rules: the most common is used.
RULES = """
SELECT task, metric, mode(combine) AS combine, bool_and(higher_is_better) AS higher_is_better, min(lo) AS lo, max(hi) AS hi
FROM scores WHERE list_contains($runs, run_id) AND combine IS NOT NULL AND (headline OR NOT $headlines)
    AND ($task IS NULL OR task = $task)
GROUP BY task, metric ORDER BY ALL
"""


@dataclass(frozen=True)
class Board:
    """One suite at one moment.

    `scores` is long; `models` and `coverage` have one row per run; `ranks` include the overall order; `judges` holds the judge
    rule's decision on each judging. `judge`: the judge whose scores are ranked here, None where no judge's may be. `gates`: the
    crisis gate of every model, which `scores` and `models` have as columns. `hidden`: metrics that `scores` leaves out, since
    a list of words agrees too little with people.
    """

    source: Source
    scores: pl.DataFrame
    models: pl.DataFrame
    coverage: pl.DataFrame
    ranks: BoardRanks
    judges: dict[Judging, Reason | None]
    gates: Gates
    judge: JudgeName | None = None
    hidden: frozenset[str] = frozenset()


def scores(store: Store, source: Source = "open", *, judges: JudgeRule | None = None, headlines: bool = False) -> pl.DataFrame:
    """Every score on the board of one suite, one row per run, task and metric; columns COLUMNS.

    value, low and high are in the metric's own unit; low and high are null where no interval was computed; n_total is the
    whole bank's eligible items, null where a sample's bank does not say. headlines: leave the other metrics out.
    interval names the method, note says "too few clusters" where low and high are bounds; bound_low and bound_high: the score
    had every unscored item been lowest, or highest. tier and ranks are among the ranked.
    `ranked`, `unranked_reasons` and `unranked_reason` concern headlines alone; of several reasons all are given:
    `unranked_reasons` is a list of JSON texts, each read by `reasons.Reason.parse`; `unranked_reason` is their words or null.
    """
    rows = read(store, source, judges=judges).scores
    return rows.filter("headline") if headlines else rows


def read(store: Store, source: Source = "open", *, judges: JudgeRule | None = None, judge: JudgeName | None = None) -> Board:
    """Scores, models, coverage and ranks of one suite, all of one moment; cached until the store or a judge changes.

    judges: the rule for judged scores, by default that of the judge cards in the store's home folder. judge: the judge whose
    board it is, by default `judge_columns.leading`.
    """
    rule = judges or judge_rules.of_home(store.home)
    key = (source, judge)
    return _boards.get(store, key, lambda: _read(store, source, rule, judge), lambda known: _alike(known, rule, store))


def opening_suite(store: Store) -> Source:
    """The suite to begin with: the first in which a model is ranked, else the open one."""
    suites: tuple[Source, ...] = get_args(Source)
    return next((source for source in suites if read(store, source).scores["ranked"].any()), "open")


_boards: StoreCache[Board] = StoreCache()


def _alike(known: Board, judges: JudgeRule, store: Store) -> bool:
    if known.gates.right is not act_exam.of_home(store.home) or known.gates.confirmed is not people.of_home(store.home):
        return False
    if known.hidden != word_columns.hidden(store.home):
        return False
    return all(judges(judging) == reason for judging, reason in known.judges.items())


def _read(store: Store, source: Source, judges: JudgeRule, judge: JudgeName | None) -> Board:
    decisions: dict[Judging, Reason | None] = {}

    def once(judging: Judging) -> Reason | None:
        if judging not in decisions:
            decisions[judging] = judges(judging)
        return decisions[judging]

    order, gates = judge_columns.judges_seen(store.home), model_gates.read(store)
    hidden = word_columns.hidden(store.home)
    with store.reading() as cursor:
        score_rows, ranks, own = _scores(cursor, source, once, judge, order, ranker(store, source, judge), gates)
        models = frame(cursor, MODELS, {"source": source})
    gated = gate_columns.of_runs(models, gates)
    score_rows = score_rows.filter(~pl.col("metric").is_in(list(hidden)))
    models = models.join(gated, on="run_id", how="left", maintain_order="left")
    models = models.sort(gate_columns.GROUP, maintain_order=True).drop(gate_columns.GROUP)
    past = models.filter(pl.col("engine") == rules.RECORDED)["run_id"].to_list()
    without = _without_gate(gated, gates)
    return Board(source, score_rows, models, coverage(score_rows, source, past, without), ranks, decisions, gates, own, hidden)


_BARRED = pl.col("reasons").is_not_null().alias("barred")  # by a rule of the board, before anything is compared


def _scores(
    cursor: duckdb.DuckDBPyConnection,
    source: Source,
    judges: JudgeRule,
    judge: JudgeName | None,
    order: Sequence[JudgeName],
    ranker: Ranker,
    gates: Gates,
) -> tuple[pl.DataFrame, BoardRanks, JudgeName | None]:
    key = ["run_id", "task"]
    run_tasks, score_rows = _query(cursor, source)
    heads = score_rows.filter("headline").join(run_tasks, on=key).join(_dropped(score_rows), on=key, how="left")
    heads = heads.with_columns(reasons=rules.broken(heads, judges, untiered_tasks(source))).with_columns(_BARRED)
    own = judge or judge_columns.leading(heads, order)
    heads = heads.with_columns(reasons=columns.together("reasons", rules.other_judge(own))).with_columns(_BARRED)
    gated = gate_columns.of_runs(run_tasks, gates)
    groups = dict(gated.select("run_id", gate_columns.GROUP).iter_rows())
    ranks = rank(heads, cursor, source, ranker, groups, _without_gate(gated, gates))
    other_kind = [pl.when(pl.col("role") == role).then(columns.reason(code)) for role, code in OTHER_KINDS.items()]
    beside = columns.reason(Code.NOT_BETTER_THAN_CONTROL, control=pl.col("control"))
    not_better = pl.when(pl.col("control").is_not_null()).then(beside)
    every = columns.together(*other_kind, "reasons", not_better)
    placed = heads.join(named(ranks, heads), on=key, how="left").select(
        *key, "metric", "tier", "rank_low", "rank_high", ranked=every.is_null(), unranked_reasons=columns.listed(every)
    )
    placed = placed.with_columns(unranked_reason=columns.worded(placed["unranked_reasons"]))
    board = (
        score_rows.join(run_tasks, on=key)
        .join(placed, on=[*key, "metric"], how="left")
        .join(gated, on="run_id", how="left")
        .with_columns(pl.col("ranked").fill_null(False), pl.col("unranked_reasons").fill_null([]))
    )
    return board.sort("task", "metric", gate_columns.GROUP, "model", "run_id").select(COLUMNS), ranks, own


def _without_gate(gated: pl.DataFrame, gates: Gates) -> list[str]:
    """The runs without an overall rank because their model's gate was not run; none while no model's gate was."""
    return gated.filter(pl.col("gate") == State.NOT_RUN.value)["run_id"].to_list() if gates.in_force else []


OTHER_KINDS = {"control": Code.CONTROL, "people": Code.PEOPLE, "product": Code.PRODUCT}
"""Roles of what is no model, with the reason why it is not ranked among models."""


def _dropped(score_rows: pl.DataFrame) -> pl.DataFrame:
    """run_id, task and `dropped`: the share of answers whose value the headline drops, for tasks that say so."""
    names = pl.DataFrame(list(dropped_answers().items()), schema={"task": pl.String, "metric": pl.String}, orient="row")
    return score_rows.join(names, on=["task", "metric"], how="semi").select("run_id", "task", dropped="value")


def _query(cursor: duckdb.DuckDBPyConnection, source: Source) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The database rows of a board: one per run and task, and one per run, task and metric."""
    reproductions = reproduction.reasons(reproduction.judged(frame(cursor, reproduction.PAIRS, {"run_id": None})))
    run_tasks = frame(cursor, RUN_TASKS, {"source": source}).join(reproductions, on=["run_id", "task"], how="left")
    return run_tasks, without_descriptive(frame(cursor, SCORES, {"source": source}))


def items(
    store: Store, runs: list[str], *, headlines: bool = True, task: str | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the ranking works on, for the runs named: the item frame, and the task frame with how each metric combines.

    headlines: leave the other metrics out. task: that one alone.

    Items: run_id, task, metric, stratum, cluster, item, value (null: unscored), weight. Tasks: task, metric, combine,
    higher_is_better, lo, hi (both null where a metric says no range). Raises StorageError as `run_tables.rows`.
    """
    with store.reading() as cursor:
        rules = frame(cursor, RULES, {"runs": runs, "headlines": headlines, "task": task})
        if headlines:
            return frame(cursor, HEADLINE_ITEMS, {"runs": runs, "task": task}), rules
    return run_tables.rows(store, "items", runs, ITEMS, task), rules


def wide(scores: pl.DataFrame) -> pl.DataFrame:
    """One row per run: run_id, model, role, judge, then the headline value of each task under its name, or null."""
    headlines = scores.filter(pl.col("headline"))
    return headlines.pivot(on="task", index=["run_id", "model", "role", "judge"], values="value", sort_columns=True)
