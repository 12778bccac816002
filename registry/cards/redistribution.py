"""Whether a dataset's card allows its texts to be passed on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from counsel_leaderboard.registry.cards.catalog import card, cards
from counsel_leaderboard.registry.common.errors import CardError

OPEN: Final = "open-"


def redistribution(dataset: object) -> str:
    """The `redistribute` field of the dataset's card: `yes`, `no` or `unknown`; `unknown` if there is no card."""
    try:
        return card(str(dataset)).redistribute
    except CardError:
        return "unknown"


def redistributed(tasks: Iterable[str], source: str) -> bool:
    """Whether the cards of all datasets that these tasks use, from that source, allow redistribution."""
    return all(_redistribute_values(task, source) == {"yes"} for task in tasks)


def _redistribute_values(task: str, source: str) -> set[str]:
    """The `redistribute` values of the cards that name the task, for the source `open` or `upstream`; may be empty."""
    is_open = source == "open"
    return {card_.redistribute for card_ in cards().values() if task in card_.tasks and card_.name.startswith(OPEN) == is_open}
