"""The bank of dialogues is what its exam needs, and little on the surface tells the sound reply; each rule is seen to catch."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from counsel_leaderboard.registry.bank_checks.dialogue_rows import DEADLY_FLAWS
from counsel_leaderboard.registry.bank_checks.guessing import ATTACKS, Features, Learner
from counsel_leaderboard.registry.bank_checks.rows import BANKS
from tests.registry.bank_checks.rules import dialogues as rules

Rows = dict[str, list[dict[str, Any]]]
LONG = {("characters", "logistic"), ("word pairs", "logistic"), ("characters", "bayes")}
SLOW_TOO = [pytest.param(*attack, marks=[pytest.mark.slow] * (attack in LONG)) for attack in ATTACKS]
COUNTED = (
    rules.there_are_as_many_dialogues_as_a_judge_needs,
    rules.neither_answer_is_right_much_more_often,
    rules.levels_are_as_long_as_each_other,
    rules.many_dialogues_are_long,
)


@pytest.mark.parametrize("rule", COUNTED, ids=lambda rule: rule.__name__)
def test_the_bank_is_balanced(rule: Callable[[Rows], None], banks: Rows) -> None:
    rule(banks)


@pytest.mark.parametrize(("features", "learner"), SLOW_TOO)
def test_the_plain_reply_is_not_guessable(features: Features, learner: Learner, banks: Rows) -> None:
    rules.the_plain_reply_is_not_guessable(features, learner, banks)


def lose(rows: list[dict[str, Any]]) -> None:
    del rows[0]


def say_yes(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row["right"] = "yes"


def lengthen(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if "plain" in row["replies"]:
            row["replies"]["plain"] += " And so on."


def shorten(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row["dialogue"] = row["dialogue"][-3:]


@pytest.mark.parametrize(("rule", "spoil"), list(zip(COUNTED, (lose, say_yes, lengthen, shorten), strict=True)))
def test_a_spoilt_bank_is_caught(
    rule: Callable[[Rows], None], spoil: Callable[[list[dict[str, Any]]], None], banks: Rows
) -> None:
    spoilt = {rules.BANK: copy.deepcopy(banks[rules.BANK])}
    spoil(spoilt[rules.BANK])
    with pytest.raises(AssertionError):
        rule(spoilt)


def test_a_tell_is_caught(banks: Rows) -> None:
    spoilt = {rules.BANK: copy.deepcopy(banks[rules.BANK])}
    for row in spoilt[rules.BANK]:
        if "plain" in row["replies"]:
            row["replies"]["plain"] += " Honestly!"
    with pytest.raises(AssertionError, match="punctuation"):
        rules.the_plain_reply_is_not_guessable("punctuation", "logistic", spoilt)


WRONG: dict[str, dict[str, Any]] = {
    "exam2-, the flaw": {"id": "exam2-partial-safety-01"},
    "alternate": {"dialogue": [{"role": "client", "content": "Hello."}, {"role": "client", "content": "You?"}] * 2},
    "could cost a life": {"risk": False},
    "no levels": {"question": ""},
    "two schools": {"schools": ["cognitive", "systemic"]},
}


@pytest.mark.parametrize("says", WRONG)
def test_a_row_that_contradicts_itself_is_refused(says: str, banks: Rows) -> None:
    row = next(row for row in banks[rules.BANK] if row["flaw"] == DEADLY_FLAWS[0])
    BANKS[rules.BANK].model_validate(row)
    with pytest.raises(ValueError, match=says):
        BANKS[rules.BANK].model_validate({**row, **WRONG[says]})
