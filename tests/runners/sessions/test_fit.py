"""Figures of fit from two readers' ratings, by hand values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from counsel_leaderboard.registry.sessions.counselors.controls import control
from counsel_leaderboard.registry.sessions.counselors.rehearsal import rehearse
from counsel_leaderboard.runners.cli.session_serve_commands import fit as fit_command
from counsel_leaderboard.runners.sessions.fit import Rating, RatingError, SheetRow, figures, read_sheet, sheet
from tests.support.sessions import hybrid, led, stage


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


def test_figures_by_kind_of_client() -> None:
    first = [*rows("fits", "fits"), *(row.model_copy(update={"client": "d"}) for row in rows("misses", counselor="b"))]
    fit = figures(first, first, {"c": "hybrid", "d": "client-led"})
    assert [(kind.group, kind.turns, kind.fits) for kind in fit.kinds] == [("client-led", 1, 0.0), ("hybrid", 2, 1.0)]
    assert figures(first, first).kinds == ()


def test_a_sheet_in_which_more_than_the_rating_was_changed() -> None:
    with pytest.raises(RatingError, match="another line"):
        figures(rows("fits"), [rows("fits")[0].model_copy(update={"line": "No."})])


def test_sheets_come_back_as_figures(tmp_path: Path) -> None:
    """The whole way by the command, with invented ratings."""
    played = [
        rehearse(stage(), card, control(name), turns=4).transcript(f"{card.id}-{name}", name)
        for card in (hybrid(), led())
        for name in ("question machine", "lecture")
    ]
    stored, printed = tmp_path / "sessions.jsonl", tmp_path / "sheet.jsonl"
    stored.write_text("".join(f"{transcript.model_dump_json()}\n" for transcript in played), encoding="utf-8")
    assert "16 turns in" in invoke(str(stored), "--sheet", str(printed))
    for reader, rating in (("a", "fits"), ("b", "acceptable")):
        filled = [row.model_copy(update={"rating": rating, "hedge": False}) for row in read_sheet(printed)]
        (tmp_path / reader).write_text("".join(f"{row.model_dump_json()}\n" for row in filled), encoding="utf-8")
    output = invoke("--ratings", str(tmp_path / "a"), str(tmp_path / "b"), "--publish", str(tmp_path / "figures.json"))
    assert "all: 16 turns, fits 50%, fits or acceptable 100%" in output
    assert "hybrid: 8 turns" in output
    assert "client-led: 8 turns" in output
    assert "difference between counselors 0%: reached" in output
    assert json.loads((tmp_path / "figures.json").read_text())["whole"]["turns"] == 16


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(fit_command, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output
