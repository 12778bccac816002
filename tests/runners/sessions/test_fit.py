"""Figures of fit from two readers' ratings, by hand values."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.registry.sessions.counselors.controls import control
from counsel_leaderboard.registry.sessions.counselors.rehearsal import rehearse
from counsel_leaderboard.runners.sessions.fit import Rating, RatingError, SheetRow, figures, read_sheet, sheet
from tests.support.sessions import hybrid, stage


def rows(*ratings: Rating, counselor: str = "a") -> list[SheetRow]:
    return [
        SheetRow(
            session=counselor, turn=2 * index, client="c", counselor=counselor, before=("counselor: Hm?",), line="Yes.",
            hedge=index == 0, rating=rating,
        )
        for index, rating in enumerate(ratings, 1)
    ]  # fmt: skip


def test_a_sheet_has_each_answer_of_the_client() -> None:
    played = rehearse(stage(), hybrid(), control("question machine"), turns=3)
    printed = sheet([played.transcript("s", "machine")])
    assert [row.turn for row in printed] == [2, 4, 6]
    assert printed[0].before[-1] == "counselor: Tell me more."
    assert {row.rating for row in printed} == {""}


def test_hand_values() -> None:
    first = [*rows("fits", "fits", "acceptable", "misses"), *rows("fits", "nonsense", counselor="b")]
    second = [*rows("fits", "acceptable", "acceptable", "misses"), *rows("misses", "nonsense", counselor="b")]
    fit = figures(first, second)
    # fits: 2 + 1 + 1 + 0 of 12; fits or acceptable: 3 + 1 of the first reader's six, 3 of the second's.
    assert (fit.whole.turns, fit.whole.fits, fit.whole.nonsense) == (6, 4 / 12, 2 / 12)
    assert fit.whole.acceptable == pytest.approx(7 / 12)
    assert fit.whole.acceptable_low < 7 / 12 < fit.whole.acceptable_high
    # a: 6 of 8; b: 1 of 4.
    assert fit.difference == pytest.approx(6 / 8 - 1 / 4)
    # agreement 5/6, chance 4/6 * 3/6 + 2/6 * 3/6 = 1/2: (5/6 - 1/2) / (1/2) = 2/3
    assert fit.agreement == pytest.approx(2 / 3)
    assert not fit.whole.reaches


def test_bars() -> None:
    good = rows(*["fits"] * 8, *["acceptable"] * 2)  # type: ignore[arg-type]
    assert figures([row.model_copy(update={"hedge": False}) for row in good], good).whole.reaches
    assert figures(good, good).agreement is None


def test_a_missing_rating_is_named() -> None:
    with pytest.raises(RatingError, match="1 turns lack a rating"):
        figures(rows("fits"), [rows("fits")[0].model_copy(update={"rating": ""})])
    with pytest.raises(RatingError, match="same turns"):
        figures(rows("fits"), rows("fits", "fits"))


def test_a_sheet_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text('{"rating": "superb"}\n')
    with pytest.raises(RatingError, match="line 1"):
        read_sheet(tmp_path / "a")
