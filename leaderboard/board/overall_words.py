"""What the pages say of the overall order: how it comes about, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable

from counsel_leaderboard.leaderboard.board.board import Board
from counsel_leaderboard.leaderboard.statistics.ranking.overall import RULE
from counsel_leaderboard.registry.manifests import SATURATION_RULE, areas, catalog, overall_plan

SHOWN_WHERE = "It is shown only where each judged task of each area has a qualified judge."


def overall_words(board: Board) -> str:
    """The rule of the overall order, with the tasks that left it; where there is none, why."""
    return " ".join((*(_rule() if board.ranks.overall else (_why_none(board),)), *_saturated(board)))


def _rule() -> tuple[str, str]:
    return RULE, SHOWN_WHERE


def _why_none(board: Board) -> str:
    """The first of its conditions that is not met."""
    plan = overall_plan(board.source)
    if plan.bare_areas:
        return f"There is no overall order: every task of {_areas(plan.bare_areas)} is saturated, and it needs all areas."
    qualified = {judging.task for judging, reason in board.judges.items() if reason is None}
    unjudged = [task for task in plan.tasks if catalog()[task].judged and task not in qualified]
    if unjudged:
        without = dict.fromkeys(catalog()[task].manifest.area for task in unjudged)
        return f"There is no overall order: no qualified judge yet in {_areas(without)}."
    return "There is no overall order: no two models have a ranked score in every task that it needs."


def _saturated(board: Board) -> tuple[str, ...]:
    saturated = overall_plan(board.source).saturated
    if not saturated:
        return ()
    named = ", ".join(f"{catalog()[task].manifest.label} (at the {end})" for task, end in saturated.items())
    return (f"Left out because it is saturated: {named}. {SATURATION_RULE}",)


def _areas(names: Iterable[str]) -> str:
    known = areas()
    return ", ".join(known.get(name, name) for name in names)
