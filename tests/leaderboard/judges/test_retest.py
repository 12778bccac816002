"""A judge that repeats itself, one that does not, and what does not count."""

from __future__ import annotations

import numpy as np
import pytest

from counsel_leaderboard.leaderboard.judges.retest import JudgedSession, retest
from counsel_leaderboard.leaderboard.statistics.errors import RankingError

Ratings = dict[JudgedSession, dict[str, float | None]]


def judged(noise: dict[str, float], sessions: int = 200, seed: int = 0) -> Ratings:
    """Ratings of two models and a control: the sessions' worth is the same at both times, the noise is the judge's."""
    worth, chance = np.random.default_rng(1), np.random.default_rng(seed)
    return {
        (model, f"s{row}"): {
            item: float(base + worth.normal() + scale * chance.normal()) for item, scale in sorted(noise.items())
        }
        for model, base in (("a", 2.0), ("b", 5.0), ("parrot", -40.0))
        for row in range(sessions // 2)
    }


def test_only_an_item_that_is_stable_within_models_enters() -> None:
    noise = {"agenda": 0.2, "pacing": 1.5}
    agenda, pacing = retest(judged(noise), judged(noise, seed=5), controls=["parrot"])
    assert (agenda.item, agenda.enters_total, pacing.enters_total) == ("agenda", True, False)
    assert agenda.agreement is not None
    assert agenda.agreement.targets == 200
    assert "below 0.60" in pacing.line()


def test_too_few_sessions() -> None:
    (only,) = retest(judged({"agenda": 0.1}, 100), judged({"agenda": 0.1}, 100, seed=5), controls=["parrot"])
    assert not only.enters_total
    assert "fewer than 200" in only.line()


def test_always_the_same_answer_is_no_stability() -> None:
    constant: Ratings = {("a", f"s{row}"): {"agenda": 4.0} for row in range(200)}
    (only,) = retest(constant, constant)
    assert not only.enters_total
    assert "rated alike" in only.line()


def test_a_missing_rating_is_counted_and_no_zero() -> None:
    first, second = judged({"agenda": 0.1}), judged({"agenda": 0.1}, seed=5)
    second["a", "s0"]["agenda"] = None
    (only,) = retest(first, second, controls=["parrot"])
    assert only.missing == 1
    assert only.agreement is not None
    assert only.agreement.targets == 199


def test_other_sessions_are_no_retest() -> None:
    first = judged({"agenda": 0.1})
    with pytest.raises(RankingError, match="same sessions"):
        retest(first, dict(list(first.items())[1:]))
