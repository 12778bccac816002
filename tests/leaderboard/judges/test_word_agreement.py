"""Words beside people: kappa against a hand calculation, and when a column is shown."""

from __future__ import annotations

import pytest

from counsel_leaderboard.leaderboard.judges.word_agreement import WordAgreement, WordVerdict, half


def verdicts(*cells: tuple[int, bool, bool]) -> list[WordVerdict]:
    rows = [(words, person) for number, words, person in cells for _ in range(number)]
    return [WordVerdict(session=f"{n // 2:06x}", words=words, person=person) for n, (words, person) in enumerate(rows)]


GOOD = verdicts((20, True, True), (2, True, False), (6, False, True), (72, False, False))
POOR = verdicts((10, True, True), (12, True, False), (16, False, True), (62, False, False))


def test_kappa_by_hand() -> None:
    # agreement .92; chance .22 * .26 + .78 * .74 = .6344
    shown = half("x", GOOD)
    assert (shown.sessions, shown.pairs) == (50, 100)
    assert shown.raw == pytest.approx(0.92)
    assert shown.kappa == pytest.approx((0.92 - 0.6344) / (1 - 0.6344))
    assert shown.low is not None
    assert shown.high is not None
    assert shown.low < (shown.kappa or 0) < shown.high


@pytest.mark.parametrize(("made_with", "other", "shown"), [(GOOD, POOR, False), (POOR, GOOD, True), (GOOD, [], False)])
def test_the_sessions_that_the_list_was_not_made_with_decide(
    made_with: list[WordVerdict], other: list[WordVerdict], shown: bool
) -> None:
    agreement = WordAgreement(
        act="asks-suicide", dimension="confirms", made_with=half("made", made_with), other=half("other", other)
    )
    assert agreement.shown is shown
    assert ("hidden" in agreement.lines()[3]) is not shown


def test_people_who_all_say_the_same_give_no_kappa() -> None:
    assert half("x", verdicts((10, True, True))).kappa is None
