"""Whether an item is about a client in danger: what the task's manifest and the bank say, whatever a run states."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from counsel_leaderboard import registry
from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.manifests import ALL_ITEMS, NO_ITEM, STATED, catalog


def is_risk(task: object, item_id: object) -> bool:
    """Whether that item of that task is one of risk whatever its document says.

    True for a task that is not installed and for an item unknown to its bank.

    A document's id is the id of its row in the bank, with a slash and what the task made of the row after it where a row gives
    several documents.
    """
    info = catalog().get(str(task))
    stated = info.manifest.risk if info else ALL_ITEMS
    if stated in (ALL_ITEMS, NO_ITEM, STATED):
        return stated == ALL_ITEMS
    return _rows(stated).get(str(item_id).partition("/")[0], True)


@cache
def _rows(dataset: str) -> Mapping[str, bool]:
    """The risk of each row of a bank by the row's id; empty for a dataset that is not part of the project."""
    try:
        if card(dataset).source.kind != "bank":  # nothing is fetched while a page waits
            return {}
        rows = [row for split in card(dataset).splits for row in registry.load(dataset, split.name).rows]
        return {str(row["id"]): bool(row.get("risk", True)) for row in rows}
    except CounselError:
        return {}
