"""Several judges side by side: bridges from one judge's scale to another, and the results of a panel of judges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from counsel_leaderboard.leaderboard.crisis_gate import order
from counsel_leaderboard.leaderboard.judges.scales import anchors, bridge_store, panel_store
from counsel_leaderboard.leaderboard.judges.scales.anchors import AnchorScores, ScaleError
from counsel_leaderboard.leaderboard.judges.scales.panel_store import PanelResult
from counsel_leaderboard.leaderboard.store.cache import StoreCache
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.html import render


def html(store: Store) -> str:
    """The bridges and the panel as HTML; each part says so if there is nothing to show."""
    section = panel(store)
    results = tuple(panel_store.in_gate_order(store, result) for result in section.results)
    return render("judge_scales.html", bridges=bridged(store), panel=replace(section, results=results))


@dataclass(frozen=True)
class PanelSection:
    """The results of the judges that scored one set of anchors, or the reason why there are none.

    `scored_by`: the set and the judge of each stored scoring of anchors.
    """

    scored_by: tuple[tuple[str, str], ...]
    results: tuple[PanelResult, ...]
    reason: str | None


_panels: StoreCache[PanelSection] = StoreCache()


def panel(store: Store) -> PanelSection:
    """A result per task, cached until a run is stored or another judge has scored anchors."""
    scored = anchors.stored_scores(store.home)
    scored_by = tuple((entry.set, entry.judge.id) for entry in scored)
    return _panels.get(store, "panel", lambda: _panel(store, scored, scored_by), lambda cached: cached.scored_by == scored_by)


def _panel(store: Store, scored: list[AnchorScores], scored_by: tuple[tuple[str, str], ...]) -> PanelSection:
    try:
        judges = panel_store.shared_set(scored)
        tasks = sorted(set(judges[0].values["task"]))
        return PanelSection(scored_by, tuple(panel_store.result(store, judges, task) for task in tasks), None)
    except ScaleError as error:
        return PanelSection(scored_by, (), str(error))


def bridged(store: Store) -> list[dict[str, Any]]:
    """Each stored bridge: its judges and anchors, its mapping for each task or the fault of it, and the converted scores."""
    gate = order.by_run(store)
    return [
        {
            "old": bridge.old.name,
            "new": bridge.new.name,
            "set": bridge.set,
            "mappings": bridge.mappings,
            "rows": sorted(bridge_store.bridged(store, bridge).to_dicts(), key=lambda row: gate(row["run_id"])),
        }
        for bridge in bridge_store.bridges(store.home)
    ]
