"""What counselors do, as rates: how often a technique comes up, with intervals clustered by case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from counsel_leaderboard.registry.skills.card import shown_codes
from counsel_leaderboard.registry.skills.coder import CodedText
from counsel_leaderboard.registry.skills.codes import inconsistent, of_behaviour

CONFIDENCE = 0.95
FEW = 5
"""With fewer sentences than these with a code, or without it, the spread of the cases says too little."""
SUMMARY_METRICS = ("reflection_question_ratio", "inconsistent_rate", "share_complex", "share_open", "words_a_reply")
"""What is said of all techniques together. Reflections a question can be raised at will, so what goes against motivational
interviewing comes right after it."""
Floats = NDArray[np.float64]


class Counts(NamedTuple):
    """Two counts of one text: a metric is the sum of `part` over the sum of `whole`, over all texts."""

    part: float
    whole: float


@dataclass(frozen=True)
class Rate:
    """A ratio over all texts with its interval. All but `value` are None with fewer than two cases."""

    value: float
    low: float | None
    high: float | None
    error: float | None
    cases: int


def counts(text: CodedText) -> dict[str, Counts]:
    """The counts of each metric in one text; a metric that has nothing to be counted in this text is left out.

    per_100 (any code), per_100_CODE and inconsistent_rate: of 100 sentences, those that the coder abstained from among them.
    reflection_question_ratio, share_complex, share_open: of sentences with these codes. A code below the bar is left out.
    """
    size = len(text.sentences)
    if not size or text.reason == "not English":
        return {}

    def having(codes: Iterable[str]) -> int:
        wanted = set(codes)
        return sum(not wanted.isdisjoint(sentence.codes) for sentence in text.sentences)

    reflections, questions = having(of_behaviour("reflection")), having(of_behaviour("question"))
    result = {f"per_100_{code}": Counts(100 * having([code]), size) for code in shown_codes()}
    result |= {
        "inconsistent_rate": Counts(100 * having(inconsistent()), size),
        "reflection_question_ratio": Counts(reflections, questions),
        "share_complex": Counts(having(["reflection_complex"]), reflections),
        "share_open": Counts(having(["open_question"]), questions),
        "words_a_reply": Counts(sum(len(sentence.text.split()) for sentence in text.sentences), 1),
        "per_100": Counts(100 * sum(bool(sentence.codes) for sentence in text.sentences), size),
    }
    return {name: each for name, each in result.items() if each != (0, 0)}


Cases = Mapping[str, Sequence[Counts]]
"""A metric's counts of each text of each case."""


def by_case(texts: Iterable[tuple[str, CodedText]]) -> dict[str, dict[str, list[Counts]]]:
    """The counts of each metric in (case, coded text) pairs, by case."""
    by_metric: dict[str, dict[str, list[Counts]]] = defaultdict(lambda: defaultdict(list))
    for case, text in texts:
        for name, each in counts(text).items():
            by_metric[name][case].append(each)
    return {name: dict(cases) for name, cases in by_metric.items()}


def rates(counted: Mapping[str, Cases]) -> dict[str, Rate]:
    """Every metric's rate. A ratio with nothing below the line is left out."""
    return {name: rate for name, cases in counted.items() if (rate := ratio(cases, most(name))) is not None}


def most(metric: str) -> float | None:
    """What a metric can reach at most: 100 or 1 where it counts sentences among sentences, None for others."""
    if metric == "inconsistent_rate" or metric.startswith("per_100"):
        return 100.0
    return 1.0 if metric.startswith("share_") else None


def profile(texts: Iterable[tuple[str, CodedText]]) -> dict[str, Rate]:
    """Every metric of (case, coded text) pairs. A ratio with nothing below the line is left out."""
    return rates(by_case(texts))


def ratio(cases: Cases, most: float | None = None) -> Rate | None:
    """The ratio of sums with its interval, in which texts of a case count as one draw; None if nothing is below the line.

    Linearised variance of a ratio over clusters and Student's t (Cochran 1977, chapter 11; Cameron and Miller 2015). most: of a
    share, by which the interval ends; with FEW sentences its error is at least that of as many single draws.
    """
    sums = _sums(cases.values())
    whole = float(sums[:, 1].sum())
    if whole == 0:
        return None
    value = float(sums[:, 0].sum()) / whole
    rate = _with_interval(value, _influence(sums), _least_error(sums, most))
    if rate.low is None or rate.high is None:
        return rate
    return replace(rate, low=max(0.0, rate.low), high=rate.high if most is None else min(most, rate.high))


def paired_difference(first: Cases, second: Cases, most: float | None = None) -> Rate | None:
    """How much larger a rate is in the first of two groups that answered the same cases, on the cases common to both.

    None if they share none, or either has nothing below the line there. The same linearisation as `ratio`, over cases;
    most: as there.
    """
    common = sorted(first.keys() & second.keys())
    sums = [_sums([each[case] for case in common]) for each in (first, second)]
    if not common or not all(each[:, 1].sum() for each in sums):
        return None
    value = float(sums[0][:, 0].sum() / sums[0][:, 1].sum() - sums[1][:, 0].sum() / sums[1][:, 1].sum())
    least = float(np.hypot(_least_error(sums[0], most), _least_error(sums[1], most)))
    return _with_interval(value, _influence(sums[0]) - _influence(sums[1]), least)


def _sums(cases: Iterable[Sequence[Counts]]) -> Floats:
    """The two counts of each case: (cases, 2)."""
    rows = [[sum(each.part for each in texts), sum(each.whole for each in texts)] for texts in cases]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _influence(sums: Floats) -> Floats:
    """What each case adds to the error of the ratio of sums: (cases,)."""
    part, whole = sums.sum(axis=0)
    return np.asarray((sums[:, 0] - part / whole * sums[:, 1]) / whole, dtype=np.float64)


def _least_error(sums: Floats, most: float | None) -> float:
    """The error of a share of few sentences, as if each were drawn alone (Agresti and Coull 1998); 0 for many and for no share.

    Where a code comes up nowhere all cases are alike, and their spread would claim that it never does.
    """
    if most is None:
        return 0.0
    having, whole = float(sums[:, 0].sum()) / most, float(sums[:, 1].sum())
    if min(having, whole - having) >= FEW:
        return 0.0
    share = (having + 2) / (whole + 4)
    return most * float(np.sqrt(share * (1 - share) / (whole + 4)))


def _with_interval(value: float, influence: Floats, least: float) -> Rate:
    number = len(influence)
    if number < 2:
        return Rate(value, None, None, None, number)
    error = max(least, float(np.sqrt(number / (number - 1) * (influence**2).sum())))
    reach = float(special.stdtrit(number - 1, (1 + CONFIDENCE) / 2)) * error
    return Rate(value, value - reach, value + reach, error, number)


def difference(first: Rate, second: Rate) -> Rate | None:
    """How much larger a rate is in the first of two groups that share no case; None if either has no interval."""
    if first.error is None or second.error is None:
        return None
    value, error = first.value - second.value, float(np.hypot(first.error, second.error))
    reach = float(special.stdtrit(first.cases + second.cases - 2, (1 + CONFIDENCE) / 2)) * error
    return Rate(value, value - reach, value + reach, error, first.cases + second.cases)
