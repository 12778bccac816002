"""Several judges as one: put on one scale by their answers to shared anchors, then averaged.

A judge's effect is how far it scores above the panel on anchors that all of them scored, with effects adding up to 0 (the
additive two-way model, whose least squares are differences of means where nothing is missing). A judge of the candidate's own
family does not count for it; two candidates are compared by judges that may judge both; fewer than two judges give no score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.judges.scales.anchors import AnchorScores, ScaleError
from counsel_leaderboard.leaderboard.statistics.agreement import krippendorff_alpha
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.intervals import intervals
from counsel_leaderboard.leaderboard.statistics.proportions import t_quantile
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats

FEWEST_JUDGES = 2
ITEM = ("candidate", "judge", "item", "cluster", "stratum", "value")


@dataclass(frozen=True)
class Effects:
    """By judge, in units of the task's headline: `value`, adding up to 0, and `replicates` without each document in turn."""

    judges: tuple[str, ...]
    value: Floats
    replicates: Floats
    n_anchors: int

    def of(self, judges: Sequence[str]) -> float:
        """The mean effect of some of the judges."""
        return float(self.value[self._rows(judges)].mean())

    def error(self, judges: Sequence[str]) -> float:
        """Its standard error over documents (jackknife); 0 for the whole panel, whose effects add up to 0."""
        means = self.replicates[:, self._rows(judges)].mean(axis=1)
        count = len(means)
        return float(np.sqrt((count - 1) / count * np.square(means - means.mean()).sum()))

    def _rows(self, judges: Sequence[str]) -> list[int]:
        return [self.judges.index(judge) for judge in judges]


@dataclass(frozen=True)
class PanelScore:
    """One candidate: mean over eligible judges on one scale, 95% limits over items and the scale's error.

    `left_out` says why a judge does not count; `reason` why there is no score, whose numbers then are None.
    """

    candidate: str
    value: float | None
    low: float | None
    high: float | None
    n_items: int
    judges: tuple[str, ...]
    left_out: dict[str, Reason]
    reason: Reason | None


@dataclass(frozen=True)
class PanelDifference:
    """Candidate a less candidate b by the judges that may judge both; `reason` where these are fewer than two."""

    a: str
    b: str
    difference: float | None
    low: float | None
    high: float | None
    judges: tuple[str, ...]
    reason: Reason | None


def effects(scored: Sequence[AnchorScores], task: str) -> Effects:
    """The effects of judges that scored one set. Raises ScaleError for several sets, or fewer than two shared documents."""
    if len({entry.set for entry in scored}) != 1:
        raise ScaleError("a panel needs one set of anchors that every judge scored. Run `counsel judge anchors` with each.")
    frames = [entry.values.filter(pl.col("task") == task).select("id", "cluster", "value") for entry in scored]
    shared = frames[0].rename({"value": scored[0].judge.name})
    for entry, values in zip(scored[1:], frames[1:], strict=True):
        shared = shared.join(values.select("id", pl.col("value").alias(entry.judge.name)), on="id")
    names = tuple(entry.judge.name for entry in scored)
    shared = shared.drop_nulls().sort("id")
    clusters = shared["cluster"].unique().sort().to_list()
    if len(clusters) < 2:
        raise ScaleError(f"{task}: {len(clusters)} documents were scored by every judge of the panel; two are the fewest.")
    rest = [shared.filter(pl.col("cluster") != cluster) for cluster in clusters]
    replicates = np.array([_effects(part, names) for part in rest])
    return Effects(names, _effects(shared, names), replicates, shared.height)


def _effects(shared: pl.DataFrame, judges: Sequence[str]) -> Floats:
    means = shared.select(judges).to_numpy().mean(axis=0)
    return np.asarray(means - means.mean(), dtype=np.float64)


def eligible(
    judges: Sequence[str], families: Mapping[str, str | None], candidate: str | None, *, control: bool = False
) -> tuple[tuple[str, ...], dict[str, Reason]]:
    """The judges that count for a candidate of that family, and why others do not; a control has no family, so all count.

    An unknown family cannot be told from another, so it does not count either.
    """
    if control:
        return tuple(judges), {}
    out: dict[str, Reason] = {}
    for judge in judges:
        own = families.get(judge)
        if candidate is None or own is None:
            out[judge] = Reason(Code.JUDGE_FAMILY_UNKNOWN)
        elif own == candidate:
            out[judge] = Reason(Code.JUDGE_OF_SAME_FAMILY, {"family": own})
    return tuple(judge for judge in judges if judge not in out), out


def scores(
    items: pl.DataFrame,
    scale: Effects,
    families: Mapping[str, str | None],
    controls: Sequence[str] = (),
    combine: str = "items",
) -> list[PanelScore]:
    """One score per candidate, sorted by name. items: ITEM, the headline of one task, value null where there is none.

    families: of judges and candidates by name. An item counts where all eligible judges scored it.
    """
    panel_scores = []
    for (candidate,), rows in sorted(items.partition_by("candidate", as_dict=True).items()):
        name = str(candidate)
        present = [judge for judge in scale.judges if judge in set(rows["judge"])]
        judges, out = eligible(present, families, families.get(name), control=name in controls)
        panel_scores.append(_score(name, rows, judges, out, scale, combine))
    return panel_scores


def _score(
    name: str, rows: pl.DataFrame, judges: tuple[str, ...], out: dict[str, Reason], scale: Effects, combine: str
) -> PanelScore:
    if len(judges) < FEWEST_JUDGES:
        reason = Reason(Code.PANEL_TOO_FEW_JUDGES, {"judges": len(judges), "needed": FEWEST_JUDGES})
        return PanelScore(name, None, None, None, 0, judges, out, reason)
    means = _means(rows, judges)
    if means.is_empty():
        return PanelScore(name, None, None, None, 0, judges, out, Reason(Code.PANEL_NO_SHARED_ITEM))
    value, low, high = _limits(means, combine)
    shift, own = scale.of(judges), float(t_quantile(len(scale.replicates) - 1)) * scale.error(judges)
    down = None if low is None else float(np.hypot(value - low, own))
    return PanelScore(
        name, value - shift, None if down is None else value - shift - down,
        None if high is None else value - shift + float(np.hypot(high - value, own)), means.height, judges, out, None,
    )  # fmt: skip


def compare(
    items: pl.DataFrame, scale: Effects, families: Mapping[str, str | None], a: str, b: str,
    controls: Sequence[str] = (), combine: str = "items",
) -> PanelDifference:  # fmt: skip
    """Two candidates by the judges that may judge both and did, on the items that all of these scored for both.

    The judges' effects cancel in the difference.
    """
    both = [judge for judge in scale.judges if all(_judged(items, name, judge) for name in (a, b))]
    for name in (a, b):
        both = list(eligible(both, families, families.get(name), control=name in controls)[0])
    judges = tuple(both)
    if len(judges) < FEWEST_JUDGES:
        reason = Reason(Code.PAIR_TOO_FEW_JUDGES, {"judges": len(judges), "needed": FEWEST_JUDGES})
        return PanelDifference(a, b, None, None, None, judges, reason)
    first, second = (_means(items.filter(pl.col("candidate") == name), judges) for name in (a, b))
    paired = first.join(second.select("item", other="value"), on="item").with_columns(value=pl.col("value") - pl.col("other"))
    if paired.is_empty():
        return PanelDifference(a, b, None, None, None, judges, Reason(Code.PAIR_NO_SHARED_ITEM))
    return PanelDifference(a, b, *_limits(paired, combine), judges, None)


def _judged(items: pl.DataFrame, candidate: str, judge: str) -> bool:
    return not items.filter((pl.col("candidate") == candidate) & (pl.col("judge") == judge)).is_empty()


def agreement(items: pl.DataFrame, scale: Effects) -> float | None:
    """Krippendorff's alpha (interval) of the judges over candidates and items, their effects taken out; None if undefined."""
    shift = pl.DataFrame({"judge": list(scale.judges), "effect": scale.value})
    rows = items.join(shift, on="judge").with_columns(value=(pl.col("value") - pl.col("effect")).round(9))
    table = rows.pivot(on="judge", index=["candidate", "item"], values="value").drop("candidate", "item")
    try:
        return krippendorff_alpha(table.cast(pl.Float64).fill_null(float("nan")).to_numpy().T, "interval")
    except RankingError:
        return None


def _means(rows: pl.DataFrame, judges: Sequence[str]) -> pl.DataFrame:
    """item, cluster, stratum, value: the mean over the judges, of the items that all of them scored."""
    valid = rows.filter(pl.col("judge").is_in(list(judges)) & pl.col("value").is_not_null())
    means = valid.group_by("item", "cluster", "stratum").agg(value=pl.col("value").mean(), n=pl.col("judge").n_unique())
    return means.filter(pl.col("n") == len(judges)).drop("n").sort("item")


def _limits(values: pl.DataFrame, combine: str) -> tuple[float, float | None, float | None]:
    named = {"run_id": "panel", "task": "panel", "metric": "panel"}
    rows = values.with_columns(*(pl.lit(text).alias(key) for key, text in named.items()), weight=pl.lit(1.0))
    rule = pl.DataFrame(
        {"task": ["panel"], "combine": [combine], "higher_is_better": [True], "lo": [None], "hi": [None]},
        schema_overrides={"lo": pl.Float64, "hi": pl.Float64},
    )
    interval = intervals(rows.select(*named, "stratum", "cluster", "item", "value", "weight"), rule).row(0, named=True)
    return interval["value"], interval["low"], interval["high"]
