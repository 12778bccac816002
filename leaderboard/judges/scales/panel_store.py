"""Panels over the store: replies of one model that several judges scored with the rubrics of the anchors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import polars as pl

from counsel_leaderboard.leaderboard.crisis_gate import order
from counsel_leaderboard.leaderboard.judges.families import family
from counsel_leaderboard.leaderboard.judges.scales import panel
from counsel_leaderboard.leaderboard.judges.scales.anchors import AnchorJudge, AnchorScores, ScaleError
from counsel_leaderboard.leaderboard.judges.scales.panel import Effects, PanelDifference, PanelScore
from counsel_leaderboard.leaderboard.store.database import Store, frame

# The newest full run of a model by each judge; only runs with the same items, version and rubric can be compared.
ITEMS = """
WITH chosen AS (
    SELECT runs.run_id, runs.model, runs.family, runs.role, runs.judge, runs.judge_revision, tasks.task,
        tasks.combine, tasks.task_version, tasks.dataset_fingerprint, tasks.settings->>'$.judge.rubric' AS rubric
    FROM tasks JOIN runs USING (run_id)
    WHERE tasks.task = $task AND runs.source = 'open' AND runs.judge IS NOT NULL AND NOT sample AND NOT self_reported
        AND run_id NOT IN (SELECT run_id FROM retractions)
    QUALIFY row_number() OVER (
        PARTITION BY model, revision, engine, judge, judge_revision ORDER BY started_at DESC, run_id) = 1),
newest AS (
    SELECT task_version, dataset_fingerprint FROM chosen JOIN runs USING (run_id) ORDER BY started_at DESC, run_id LIMIT 1)
SELECT chosen.run_id, model, family, role, judge, judge_revision, combine, rubric, items.item, items."cluster", items.stratum,
    items.value
FROM chosen JOIN newest USING (task_version, dataset_fingerprint)
JOIN headline_items AS items ON items.run_id = chosen.run_id AND items.task = chosen.task
ORDER BY ALL
"""


@dataclass(frozen=True)
class PanelResult:
    """One task by one panel: a score per candidate, all pairs, the judges' effects and their agreement (alpha or None)."""

    task: str
    scale: Effects
    scores: list[PanelScore]
    differences: list[PanelDifference]
    alpha: float | None


def result(store: Store, scored: Sequence[AnchorScores], task: str) -> PanelResult:
    """The panel of these judges over the stored runs of a task; scores are empty where no run was judged by them.

    Raises ScaleError as `panel.effects` does.
    """
    scale = panel.effects(scored, task)
    with store.reading() as cursor:
        judged_items = frame(cursor, ITEMS, {"task": task})
    rows = _by(judged_items, [entry.judge for entry in scored], task)
    if rows.is_empty():
        return PanelResult(task, scale, [], [], None)
    families = _families(rows, scale.judges)
    controls = rows.filter(pl.col("role") == "control")["candidate"].unique().to_list()
    combine = str(rows["combine"][0])
    items = rows.select(panel.ITEM)
    names = sorted(set(items["candidate"]))
    pairs = [panel.compare(items, scale, families, a, b, controls, combine) for a, b in combinations(names, 2)]
    scores = panel.scores(items, scale, families, controls, combine)
    return PanelResult(task, scale, scores, pairs, panel.agreement(items, scale))


def in_gate_order(store: Store, known: PanelResult) -> PanelResult:
    """The result with its scores by the crisis gate of their models, then by name."""
    gate = order.by_model(store)
    scores = sorted(known.scores, key=lambda score: (gate(score.candidate), score.candidate))
    return replace(known, scores=scores)


def _by(items: pl.DataFrame, judges: Sequence[AnchorJudge], task: str) -> pl.DataFrame:
    """The items judged by these judges, with `candidate` and `judge` by name."""
    known = [(judge.model, judge.revision, judge.rubrics.get(task), judge.name) for judge in judges]
    schema = dict.fromkeys(("judge", "judge_revision", "rubric", "named"), pl.String)
    by = pl.DataFrame(known, schema=schema, orient="row")
    rows = items.join(by, on=["judge", "judge_revision", "rubric"], nulls_equal=True)
    return rows.drop("judge").rename({"model": "candidate", "named": "judge"})


def _families(rows: pl.DataFrame, judges: Sequence[str]) -> dict[str, str | None]:
    """Families by name: of candidates as their run states, else by name; of judges by name."""
    stated = dict(rows.select("candidate", "family").unique("candidate").iter_rows())
    own = {name: family(name, [base] if base else []) for name, base in stated.items()}
    return {**own, **{judge: family(judge) for judge in judges}}


def shared_set(scored: Sequence[AnchorScores], fewest: int = panel.FEWEST_JUDGES) -> list[AnchorScores]:
    """The scores of the set that most judges share, the newest on a tie, by judge. Raises ScaleError for too few judges."""
    sets = list(dict.fromkeys(entry.set for entry in scored))
    groups = [[entry for entry in scored if entry.set == name] for name in sets]
    best = max(groups, key=len, default=[])
    if len(best) < fewest:
        raise ScaleError(
            f"a panel needs {fewest} judges that scored one set of anchors, and there are {len(best)}. Set COUNSEL_JUDGE_URL "
            "and COUNSEL_JUDGE_MODEL to each and run `counsel judge anchors`."
        )
    return sorted(best, key=lambda entry: entry.judge.name)
