"""Profiles over groups: each value by hand, and by simulation how large a distance is where nothing differs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.topic_profiles import (
    CaseRemarks,
    jensen_shannon,
    profile_distances,
    representation,
    responsiveness,
)

PROFILE = np.array([0.30, 0.22, 0.14, 0.12, 0.09, 0.06, 0.04, 0.03])


def test_distance_by_hand() -> None:
    assert jensen_shannon(np.array([1.0, 3.0]), np.array([2.0, 6.0])) == pytest.approx(0.0, abs=1e-8)
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(math.sqrt(math.log(2)))
    # P = (1, 0), Q = (1/2, 1/2), M = (3/4, 1/4):
    # KL(P|M) = ln 4/3, KL(Q|M) = (1/2) ln 2/3 + (1/2) ln 2; the distance is the root of their mean.
    divergence = (math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2)) / 2
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([1.0, 1.0])) == pytest.approx(math.sqrt(divergence))


@pytest.mark.parametrize(("n", "expected", "within"), [(50, 0.165, 0.01), (1000, 0.034, 0.002)])
def test_two_samples_of_one_profile_are_apart(n: int, expected: float, within: float) -> None:
    """A profile that uses six of eight groups: .165 at 50 remarks, .034 at 1,000. Without its line a distance says nothing.

    For many remarks the squared distance is 1/(4n) of a chi-square of 5 degrees of freedom, whose root has mean 2.13: .034.
    """
    profile = [0.4, 0.25, 0.15, 0.1, 0.07, 0.03, 0.0, 0.0]
    rng = np.random.default_rng(11)
    drawn = [jensen_shannon(rng.multinomial(n, profile), rng.multinomial(n, profile)) for _ in range(1500)]
    assert np.mean(drawn) == pytest.approx(expected, abs=within)


def model(profile: np.ndarray, seed: int, cases: int = 40, each: int = 25) -> CaseRemarks:
    rng = np.random.default_rng(seed)
    return CaseRemarks(rng.choice(len(profile), size=cases * each, p=profile), np.repeat(np.arange(cases), each))


def test_models_of_one_profile_are_no_further_apart_than_their_halves() -> None:
    distances = profile_distances([model(PROFILE, 1), model(PROFILE, 2)], 8, draws=60)
    assert distances.n == 500
    assert distances.between[0, 1] == pytest.approx(distances.same.mean(), abs=0.012)
    assert distances.between[0, 1] < distances.same_high.max()
    assert distances.between[0, 0] < distances.same[0]
    assert np.allclose(distances.between, distances.between.T)


def test_models_of_other_profiles_are_further_apart() -> None:
    distances = profile_distances([model(PROFILE, 1), model(PROFILE[::-1], 2)], 8, draws=20)
    assert distances.between[0, 1] > 3 * distances.same_high.max()


def test_a_model_with_fewer_remarks_sets_the_number() -> None:
    """Cases 0 to 9, of which the second model has 0 to 7 with four remarks each: halves of 4 cases, 16 remarks."""
    distances = profile_distances([model(PROFILE, 1, cases=10), model(PROFILE, 2, cases=8, each=4)], 8, draws=5)
    assert distances.n == 16


def test_too_few_common_cases_are_refused() -> None:
    few = CaseRemarks(np.zeros(9, dtype=np.int64), np.repeat([0, 1, 2], 3))
    with pytest.raises(RankingError, match="need 4 cases that all models answered; there are 3"):
        profile_distances([few, model(PROFILE, 1)], 8)


def test_representation_by_hand() -> None:
    """Two models, two cases, two groups.

    First: (2, 0) and (1, 1), share of the first group 3/4. Second: (1, 1) and (0, 2), share 1/4. Difference 1/2.
    Influence of case 1: (2 - 3/4 * 2)/4 - (1 - 1/4 * 2)/4 = 0, of case 2: -1/8 + 1/8 = 0. So the limits are the value.
    """
    counts = np.array([[[2.0, 0], [1, 1]], [[1, 1], [0, 2]]])
    limits = representation(counts)
    assert limits.value.tolist() == [[0.5, -0.5], [-0.5, 0.5]]
    assert np.allclose(limits.low, limits.value)
    assert np.allclose(limits.high, limits.value)


def test_an_unpaired_difference_by_hand() -> None:
    """First: (2, 0) and (0, 2); second: (1, 1) twice. Difference 0.

    Influences of the first: (2 - 1)/4 and (0 - 1)/4, of the second 0. Variance 2/(2 - 1) * 2/16 = 1/4, so the standard error is
    1/2, with one degree of freedom, of which Student's 97.5% point is 12.706.
    """
    counts = np.array([[[2.0, 0], [0, 2]], [[1, 1], [1, 1]]])
    limits = representation(counts)
    assert limits.value[0, 0] == 0.0
    assert limits.high[0, 0] == pytest.approx(12.7062 / 2, rel=1e-4)


def test_three_models_are_compared_with_the_mean_of_the_others() -> None:
    shares = (0.8, 0.5, 0.2)
    counts = np.array([[[10 * share, 10 * (1 - share)]] * 3 for share in shares])
    assert np.allclose(representation(counts).value[:, 0], [0.8 - 0.35, 0.0, 0.2 - 0.65])


def test_one_case_has_no_limits_and_one_model_no_value() -> None:
    limits = representation(np.array([[[2.0, 0]], [[1, 1]]]))
    assert np.isnan(limits.low).all()
    with pytest.raises(RankingError, match="two models or more"):
        representation(np.ones((1, 3, 2)))
    with pytest.raises(RankingError, match="each with remarks"):
        representation(np.array([[[2.0, 0]], [[0, 0]]]))


def test_the_interval_of_two_halves_of_one_model_holds_zero() -> None:
    """Cases differ in their profile and in how much is said; the halves have no case in common."""
    rng = np.random.default_rng(3)
    held, draws, cases = 0, 1200, 40
    for _ in range(draws):
        profiles = rng.dirichlet(6 * PROFILE, size=cases)
        counts = np.array([rng.multinomial(rng.integers(4, 30), profile) for profile in profiles], dtype=float)
        halves = np.zeros((2, cases, 8))
        first = rng.permutation(cases)[: cases // 2]
        halves[0, first] = counts[first]
        rest = np.setdiff1d(np.arange(cases), first)
        halves[1, rest] = counts[rest]
        limits = representation(halves)
        held += int(limits.low[0, 1] <= 0 <= limits.high[0, 1])
    assert 0.93 <= held / draws <= 0.97


def test_responsiveness_by_hand() -> None:
    """Two clients, two groups; each reply follows its own client fully and the other not at all: 1 - 0, as an echo does."""
    client = np.array([[1.0, 0.0], [0.0, 1.0]])
    value = responsiveness(client, client, np.array([0, 1]))
    assert (value.value, value.ceiling, value.n, value.cases) == (1.0, 1.0, 2, 2)
    assert value.low == value.high == 1.0


def test_a_reply_that_is_always_the_same_follows_nobody() -> None:
    """Overlap with the own client 1, 1, 0, 0; with the other case's clients 0, 0, 1, 1: mean 0; the ceiling is 1."""
    client = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    reply = np.array([[1.0, 0]] * 4)
    value = responsiveness(client, reply, np.array([0, 0, 1, 1]))
    assert value.value == 0.0
    assert value.ceiling == 1.0
    assert value.low < 0 < value.high


def test_half_a_reply_follows_half() -> None:
    client = np.array([[1.0, 0, 0], [0, 1, 0]])
    reply = np.array([[0.5, 0, 0.5], [0, 0.5, 0.5]])
    assert responsiveness(client, reply, np.array([0, 1])).value == 0.5


def test_one_client_gives_no_chance() -> None:
    with pytest.raises(RankingError, match="two clients or more"):
        responsiveness(np.ones((3, 2)), np.ones((3, 2)), np.zeros(3, dtype=np.int64))
