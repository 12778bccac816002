"""Several judges beside each other for reading: bridges from one scale to another, and what a panel says together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from counsel_leaderboard.leaderboard.judges.scales import anchors, bridge_store, panel_store
from counsel_leaderboard.leaderboard.judges.scales.anchors import AnchorsError, Scored
from counsel_leaderboard.leaderboard.judges.scales.panel_store import PanelResult
from counsel_leaderboard.leaderboard.store.cache import Kept
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.html import render


def html(store: Store) -> str:
    """Both parts; each says plainly where there is nothing."""
    return render("judge_scales.html", bridges=bridged(store), panel=panel(store))


@dataclass(frozen=True)
class Panel:
    """The results of the judges that scored one set of anchors, or why there are none. `of`: the sets and judges on file."""

    of: tuple[tuple[str, str], ...]
    results: tuple[PanelResult, ...]
    none: str | None


_panels: Kept[Panel] = Kept()


def panel(store: Store) -> Panel:
    """A task's result each; kept until a run is stored or another judge has scored anchors."""
    scored = anchors.kept(store.home)
    of = tuple((one.set, one.judge.id) for one in scored)
    return _panels.get(store, "panel", lambda: _panel(store, scored, of), lambda known: known.of == of)


def _panel(store: Store, scored: list[Scored], of: tuple[tuple[str, str], ...]) -> Panel:
    try:
        judges = panel_store.one_set(scored)
        tasks = sorted(set(judges[0].values["task"]))
        return Panel(of, tuple(panel_store.result(store, judges, task) for task in tasks), None)
    except AnchorsError as error:
        return Panel(of, (), str(error))


def bridged(store: Store) -> list[dict[str, Any]]:
    """Each bridge on file: its judges and anchors, its map of each task or the fault of it, and the scores carried over."""
    return [
        {
            "old": one.old.name,
            "new": one.new.name,
            "set": one.set,
            "mappings": one.mappings,
            "rows": bridge_store.bridged(store, one).to_dicts(),
        }
        for one in bridge_store.bridges(store.home)
    ]
