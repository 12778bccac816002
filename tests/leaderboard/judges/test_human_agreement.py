"""Agreement with people against values derived by hand. All ratings are made up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from scipy import stats

from counsel_leaderboard.leaderboard.judges.card import rated_replies_file
from counsel_leaderboard.leaderboard.judges.human_agreement import FEWEST_CLUSTERS, Agreement, agreement
from counsel_leaderboard.leaderboard.statistics.agreement import krippendorff_alpha
from tests.support.judges import rated_lines


def agreement_of(rated: Sequence[tuple[Sequence[float], float | None]]) -> Agreement:
    return agreement("counsel_response", "answer", rated_lines(rated))


def test_both_alphas_by_hand() -> None:
    # Two people on three replies: (1, 1), (0, 0), (0, 1); the judge says 1, 0, 0.
    # People: coincidences 11: 2, 00: 2, 01: 1, 10: 1; margins 3 and 3 of 6. Observed 2; expected 2 * 3 * 3 / 5 = 3.6.
    # Judge with each person, six units of two: (1,1) twice, (0,0) twice, (0,0) and (0,1). Coincidences 11: 4, 00: 6,
    # 01: 1, 10: 1; margins 7 and 5 of 12. Observed 2; expected 2 * 7 * 5 / 11 = 70 / 11.
    result = agreement_of([((1, 1), 1), ((0, 0), 0), ((0, 1), 0)])
    assert result.people.value == pytest.approx(1 - 2 / 3.6)
    assert result.judge.value == pytest.approx(1 - 2 / (70 / 11))
    assert (result.level, result.n, result.n_missing) == ("nominal", 3, 0)
    assert (result.people.low, result.judge.low) == (None, None)  # three clusters give no interval


def test_scores_are_measured_on_an_interval_scale() -> None:
    # (0, 2), (1, 1) and the judge 2, 1. People: pairs 02 and 20 once each, 11 twice; observed 2 * 4 = 8; margins 1, 2, 1 of 4:
    # expected (2 * 1 * 2 * 1 + 2 * 1 * 1 * 4 + 2 * 2 * 1 * 1) / 3 = 16 / 3. Alpha 1 - 24 / 16 = -1/2.
    # Judge: units (2,0), (2,2), (1,1), (1,1): observed 8; margins 1, 4, 3 of 8: expected
    # (2 * 1 * 4 + 2 * 1 * 3 * 4 + 2 * 4 * 3) / 7 = 8. Alpha 0.
    result = agreement("counsel_psyllm", "safety", rated_lines([((0, 2), 2), ((1, 1), 1)], "counsel_psyllm", "safety"))
    assert (result.people.value, result.judge.value) == (pytest.approx(-0.5), pytest.approx(0.0))
    assert result.level == "interval"


def test_the_judges_alpha_is_that_of_its_pairs_with_every_person() -> None:
    """The other way to the same number: each pair a unit of the published alpha."""
    rated = [((0, 1, 2), 1.0), ((2, 2), 3.0), ((3, 1, 0, 1), 0.0), ((0, 0.5), 0.5)]
    result = agreement("counsel_psyllm", "safety", rated_lines(rated, "counsel_psyllm", "safety"))
    pairs = [(verdict, rating) for ratings, verdict in rated for rating in ratings]
    assert result.judge.value == pytest.approx(krippendorff_alpha(list(zip(*pairs, strict=True)), "interval"))


def test_a_judge_that_says_the_same_of_all_agrees_with_nobody() -> None:
    # Half of the ratings 0 and half 1, the judge always 1: units (1,0) four times, (1,1) four times. Observed 8; margins 4 and
    # 12 of 16: expected 2 * 4 * 12 / 15 = 6.4. Alpha 1 - 8 / 6.4 = -1/4: below chance by the small sample alone.
    result = agreement_of([((1, 1), 1), ((0, 0), 1), ((1, 1), 1), ((0, 0), 1)])
    assert (result.people.value, result.judge.value) == (1.0, pytest.approx(-0.25))


def test_a_verdict_that_was_not_given_is_missing_and_never_a_disagreement() -> None:
    rated = [((1, 1), 1), ((0, 0), 0), ((0, 1), 0)]
    without = agreement_of([*rated, ((0, 1), None)])
    assert (without.n, without.n_missing) == (3, 1)
    assert (without.people, without.judge) == (agreement_of(rated).people, agreement_of(rated).judge)
    assert agreement_of([((0, 1), None)]).judge.value is None


def test_a_reply_with_one_rating_in_a_dimension_does_not_count_there() -> None:
    rated = rated_lines([((1, 1), 1), ((0, 0), 0), ((0, 1), 0)])
    lone = rated[2].model_copy(update={"line": 9, "cluster": 9, "ratings": ({"answer": 1.0}, {"addresses": 1.0})})
    assert agreement("counsel_response", "answer", [*rated, lone]) == agreement("counsel_response", "answer", rated)


def test_ratings_that_are_all_alike_have_no_agreement() -> None:
    result = agreement_of([((1, 1), 1), ((1, 1), 1)])
    assert (result.people.value, result.judge.value) == (None, None)


def test_the_interval_is_a_jackknife_over_clusters() -> None:
    # Eleven pairs (0, 0), (1, 1), ... with one (0, 1): leaving one out gives three different alphas. With a units 00, b units
    # 11 and c units 01: margins 2a + c and 2b + c of n = 2 (a + b + c); observed 2c, expected 2 (2a + c)(2b + c) / (n - 1).
    def by_hand(a: int, b: int, c: int) -> float:
        return 1 - c * (2 * (a + b + c) - 1) / ((2 * a + c) * (2 * b + c))

    result = agreement_of([*[((0, 0), 0)] * 6, *[((1, 1), 1)] * 4, ((0, 1), 1)])
    without = [*[by_hand(5, 4, 1)] * 6, *[by_hand(6, 3, 1)] * 4, by_hand(6, 4, 0)]
    mean = sum(without) / 11
    half = stats.t.ppf(0.975, 10) * (10 / 11 * sum((each - mean) ** 2 for each in without)) ** 0.5
    assert result.people.value == pytest.approx(by_hand(6, 4, 1))
    assert result.people.low == pytest.approx(by_hand(6, 4, 1) - half)
    assert result.people.high == 1.0  # the limit reaches past what alpha can be


def test_replies_of_one_cluster_stand_and_fall_together() -> None:
    rated = rated_lines([((0, 0), 0), ((1, 1), 1), ((0, 1), 1)] * FEWEST_CLUSTERS)
    few = [line.model_copy(update={"cluster": line.cluster % (FEWEST_CLUSTERS - 1)}) for line in rated]
    assert agreement("counsel_response", "answer", rated).people.low is not None
    assert agreement("counsel_response", "answer", few).people.low is None


def test_a_held_set_is_found(tmp_path: Path) -> None:
    assert rated_replies_file(tmp_path) is None
    (tmp_path / "judges").mkdir()
    (tmp_path / "judges" / "humans.jsonl").write_text("", encoding="utf-8")
    assert rated_replies_file(tmp_path) == tmp_path / "judges" / "humans.jsonl"
