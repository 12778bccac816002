"""The Topics tab and the topics of one model as HTML: from the stored result, or one sentence on why nothing is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

from counsel_leaderboard.leaderboard.crisis_gate import order
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.topics import result as results
from counsel_leaderboard.leaderboard.topics.result import RunTopics, TopicComparison, TopicResult, TopicShare
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.topics import clustering, stored_fit
from counsel_leaderboard.registry.topics.groups import GROUPS, group_map
from counsel_leaderboard.registry.topics.record import TopicFit
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render

PAGE_PATH = "/topics"
LEAST_SHOWN = 0.002
"""A share below this is no visible part of a bar."""


@dataclass(frozen=True)
class ShownTopics:
    """A result that may be shown, with the fit behind it."""

    fit: TopicFit
    result: TopicResult


@dataclass(frozen=True)
class DifferenceRange:
    """The bar of a difference of shares, from -`most` to `most`."""

    most: float

    def position(self, value: float | None) -> float | None:
        """The position of a value in percent of the bar's width; None without a value."""
        return None if value is None else min(max((value + self.most) / (2 * self.most) * 100, 0.0), 100.0)


def shown(home: Path) -> ShownTopics | str:
    """What is stored in a home folder, or the sentence on why it may not be shown."""
    try:
        fit = stored_fit.record_of(home)
        result = results.read(home)
    except CounselError as error:
        return f"Topics cannot be shown: {error}"
    if fit is None or result is None:
        command = "counsel topics fit" if fit is None else "counsel topics assign"
        return f"No topics are stored here. The host runs {command}; see docs/method/topics.md."
    if not fit.checks.passes:
        return f"The instrument is not good enough, so no topics are shown: {'; '.join(fit.checks.faults)}."
    if fit.id != result.fit:
        return "The topics were assigned with another fit than the stored one. The host runs counsel topics assign again."
    return ShownTopics(fit, result)


def html(store: Store, address: Address) -> str:
    """The tab."""
    home, gate = store.home, order.by_run(store)
    known = shown(home)
    if isinstance(known, str):
        return render("topics.html", reason=known)
    runs = sorted(known.result.runs, key=lambda run: (run.source, run.task, gate(run.run_id), run.model.casefold(), run.run_id))
    names = {run.run_id: run.model for run in runs}
    return render(
        "topics.html",
        reason=None,
        fit=known.fit,
        assigned=known.result.assigned_at[:10],
        groups=_legend(),
        tasks=[
            {"source": source, "task": task, "rows": [_row(run, address) for run in group]}
            for (source, task), group in groupby(runs, key=lambda run: (run.source, run.task))
        ],
        comparisons=[_distances(comparison, names, gate) for comparison in known.result.comparisons],
        pages=[(name, f"{PAGE_PATH}/{name}.html") for name in clustering.PAGES if stored_fit.page(home, name)],
    )


def of_model(home: Path, run_id: str, address: Address) -> dict[str, Any] | None:
    """The topics of the address' task of a run for the model page; None where none are shown."""
    known = shown(home)
    run = None if isinstance(known, str) else known.result.of_run(run_id, address.task)
    if run is None:
        return None
    against = run.against_others or {}
    ordered = sorted(against, key=lambda name: -against[name].value)
    most = max((abs(limit or 0) for share in against.values() for limit in (share.value, share.low, share.high)), default=1.0)
    return {
        "row": _row(run, address),
        "groups": _legend(),
        "more": [(name, against[name]) for name in ordered if _is_above(against[name])],
        "less": [(name, against[name]) for name in reversed(ordered) if _is_below(against[name])],
        "compared": bool(against),
        "scale": DifferenceRange(most or 1.0),
        "tab": address.to(tab="topics"),
    }


def _is_above(share: TopicShare) -> bool:
    return share.low is not None and share.low > 0


def _is_below(share: TopicShare) -> bool:
    return share.high is not None and share.high < 0


def _legend() -> list[tuple[int, str, str]]:
    """Number, name and meaning of each group."""
    groups = group_map().groups
    return [(number, name, groups[name].meaning) for number, name in enumerate(GROUPS)]


def _row(run: RunTopics, address: Address) -> dict[str, Any]:
    model = address.to(tab="model", run=run.run_id, task=run.task, stratum="", item="", page=1)
    return {
        "run": run,
        "link": model,
        "parts": _parts({name: share.value for name, share in run.shares.items()}),
        "thirds": [_parts(third) for third in run.by_third],
        "label": ", ".join(f"{name} {share.value:.0%}" for name, share in run.shares.items()),
        "shares": [
            (name, share, [(item, model.to(item=item)) for item in run.examples.get(name, ())])
            for name, share in run.shares.items()
        ],
    }


def _parts(shares: Mapping[str, float]) -> list[tuple[int, str, float]]:
    """Number, name and share of each group that is a visible part of a bar."""
    return [(number, name, shares[name]) for number, name in enumerate(GROUPS) if shares.get(name, 0.0) >= LEAST_SHOWN]


def _distances(comparison: TopicComparison, names: Mapping[str, str], gate: order.Group) -> dict[str, Any]:
    """Each pair with its distance and the larger of the two models' own lines, by the worse gate of the two."""
    groups = [gate(run_id) for run_id in comparison.runs]
    numbers = sorted(range(len(groups)), key=lambda number: groups[number])
    between = comparison.between
    couples = sorted(combinations(numbers, 2), key=lambda two: (groups[two[1]], -between[two[0]][two[1]]))
    pairs = [
        {
            "first": names[comparison.runs[first]],
            "second": names[comparison.runs[second]],
            "distance": between[first][second],
            "line": _larger(comparison.same, first, second),
            "line_high": _larger(comparison.same_high, first, second),
        }
        for first, second in couples
    ]
    return {"task": labels.task(comparison.task), "cases": comparison.cases, "n": comparison.n, "pairs": pairs}


def _larger(values: Sequence[float], first: int, second: int) -> float:
    return max(values[first], values[second])
