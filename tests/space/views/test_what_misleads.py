"""Figures that two parts of the page once gave differently, or that hid what they stood for."""

from __future__ import annotations

import pytest
from polars import DataFrame, col

from counsel_leaderboard.leaderboard.board.scored_floor import whole_percent, whole_percents
from counsel_leaderboard.space.html import render, share
from counsel_leaderboard.space.views.answers.steps import reason_of_judge
from counsel_leaderboard.space.views.judge_cards import MeasureRange


@pytest.mark.parametrize(("scored", "asked", "shown"), [(149, 324, "45%"), (94.9, 100, "94%"), (95, 100, "95%"), (0, 3, "0%")])
def test_a_share_is_rounded_once_on_the_page_and_in_the_reason(scored: float, asked: int, shown: str) -> None:
    reason = DataFrame({"share": [scored / asked]}).select(whole_percents(col("share"))).item()
    assert share(scored / asked) == shown == f"{reason}%" == f"{whole_percent(scored / asked)}%"


def test_some_is_never_none_percent() -> None:
    assert share(3 / 1296) == "under 1%"  # three of 1,296 replies were cut off at the token limit


@pytest.mark.parametrize("reason", ["comprehensiveness", "f7a87683", "", None])
def test_a_word_that_is_no_reason_is_not_shown_as_one(reason: str | None) -> None:
    verdict = [{"state": "judged", "answers": [{"reason": reason}]}]
    assert reason_of_judge({"verdict": verdict}) == ""


def test_a_reason_in_words_is_shown() -> None:
    verdict = [{"state": "judged", "answers": [{"reason": "It names the feeling first."}]}]
    assert "It names the feeling first." in reason_of_judge({"verdict": verdict})


def test_the_limit_of_a_judge_stands_in_its_picture() -> None:
    row = {
        "title": "Finds the flaw", "means": "", "value": 0.9, "low": 0.8, "high": 0.95, "n": 60, "n_missing": 0,
        "scale": MeasureRange(0.0, 1.0), "limits": [(0.75, "at least 0.75")],
    }  # fmt: skip
    exam = {
        "exam": {
            "model": "m",
            "revision": None,
            "prompt_version": None,
            "bank": "b",
            "unread": 0,
            "elsewhere": 0,
            "unquoted": 0,
        }
    }
    judge = {**exam, "trust": "Trusted.", "faults": [], "rows": [row], "short": False}
    page = render("judge_session_exams.html", acts=[judge], sessions=[], planted=40, sound=200)
    assert 'class="limit" style="left:75' in page
