"""A rule of the banks: nothing of the forbidden content list."""

from __future__ import annotations

from counsel_leaderboard.registry.bank_checks.texts import Text
from tests.support.bank_checks.forbidden import matches, rules

RULES = rules()


def no_text_of_any_bank_is_on_the_list(prose: list[Text]) -> None:
    assert [(find.category, find.text.item, find.text.part, find.words) for find in matches(prose, RULES)] == []
