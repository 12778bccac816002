"""People who rated sessions: the figures by hand, what they mean in words, and a judge beside them."""

from __future__ import annotations

from itertools import cycle

import pytest

from counsel_leaderboard.leaderboard.judges import session_raters
from counsel_leaderboard.leaderboard.judges.session_raters import RatedSession, RaterGroup, SessionRatersCard, judge_group
from counsel_leaderboard.leaderboard.statistics.agreement import gwet_ac1, krippendorff_alpha, raw_agreement

LEVELS = ("good", "middling", "bad")


def session(number: int, *levels: str, personas: int = 10) -> RatedSession:
    return RatedSession(session=f"s{number}", persona=f"p{number % personas}", levels={"listens": levels})


def group(sessions: list[RatedSession]) -> RaterGroup:
    return session_raters.group("people", 2, sessions, LEVELS)


def test_three_figures_of_one_table():
    given = [session(n, *pair) for n, pair in enumerate([("good", "good")] * 6 + [("bad", "bad")] * 3 + [("good", "bad")] * 3)]
    (row,) = group(given).dimensions
    counts = [[2, 0, 0]] * 6 + [[0, 0, 2]] * 3 + [[1, 0, 1]] * 3
    table = [[LEVELS.index(rated.levels["listens"][rater]) for rated in given] for rater in range(2)]
    assert row.raw.value == pytest.approx(9 / 12) == pytest.approx(raw_agreement(counts))
    assert row.alpha.value == pytest.approx(krippendorff_alpha(table))
    assert row.ac1.value == pytest.approx(gwet_ac1(counts))
    assert (row.sessions, row.ratings, row.common) == (12, 24, 15 / 24)
    for figure in (row.raw, row.alpha, row.ac1):
        assert figure.low is not None
        assert figure.low < figure.value < figure.high <= 1  # type: ignore[operator]


def test_an_interval_needs_ten_personas_and_a_figure_needs_spread():
    (few,) = group([session(n, "good", LEVELS[n % 2], personas=9) for n in range(18)]).dimensions
    assert few.raw.value is not None
    assert few.raw.low is None
    (alike,) = group([session(n, "good", "good") for n in range(20)]).dimensions
    assert (alike.raw.value, alike.raw.low, alike.alpha.value, alike.ac1.value) == (1, None, None, 1)
    assert "alike" in alike.meaning()
    (alone,) = group([session(n, "good") for n in range(20)]).dimensions
    assert (alone.sessions, alone.raw.value) == (0, None)


def test_a_low_alpha_without_spread_is_not_called_disagreement():
    spread = [session(n, *pair) for n, pair in zip(range(30), cycle([("good", "bad"), ("bad", "bad"), ("good", "good")]))]
    rare = [session(n, "good", "good") for n in range(27)] + [session(n, "good", "bad") for n in range(27, 30)]
    (wide,), (narrow,) = group(spread).dimensions, group(rare).dimensions
    assert "not because people disagree" in narrow.meaning()
    assert "not because people disagree" not in wide.meaning()
    assert narrow.alpha.value < 0 < 0.8 < narrow.ac1.value  # type: ignore[operator]


def test_a_judge_that_copies_one_rater_agrees_with_the_other_as_that_rater_does():
    people = [session(n, *pair) for n, pair in enumerate([("good", "good")] * 6 + [("bad", "bad")] * 3 + [("good", "bad")] * 3)]
    verdicts = {rated.session: {"listens": rated.levels["listens"][0]} for rated in people[:-1]}
    beside = judge_group("toy judge", people, verdicts, LEVELS)
    (row,) = beside.dimensions
    # Pairs with the first rater are alike, those with the second in 9 of 11 sessions.
    assert (row.sessions, row.raw.value) == (11, pytest.approx((11 + 9) / 22))
    assert beside.name == "toy judge with people"


def test_a_card_is_stored_read_and_printed(tmp_path):
    card = SessionRatersCard(source="toy", revision="c" * 40, groups=(group([session(n, "good", "bad") for n in range(12)]),))
    assert session_raters.cards(tmp_path) == ()
    session_raters.save(card, tmp_path)
    session_raters.save(card, tmp_path)
    assert session_raters.cards(tmp_path) == (card,)
    assert "listens" in session_raters.text(card)
    assert "none is a bar" in session_raters.text(card)
