"""The checks of the instrument against values by hand, and that what fails is not used."""

from __future__ import annotations

import numpy as np
import pytest

from counsel_leaderboard.registry.topics.groups import GROUPS
from counsel_leaderboard.registry.topics.instrument import group_agreement, kappa, stability, subject_separation
from counsel_leaderboard.registry.topics.remarks import Remark
from tests.support.topics import checks


def test_kappa_and_f1_by_hand() -> None:
    """Two groups, 4 of 6 right: observed .667, expected (3/6)(3/6) + (3/6)(3/6) = .5, kappa .333.

    F1 of each: 2 right of 3 labelled and of 3 assigned, 2/3; of the seven groups that nobody has, 0. Mean 2 (2/3) / 9.
    """
    labels = ["work", "work", "work", "past", "past", "past"]
    given = ["work", "work", "past", "past", "past", "work"]
    agreement = group_agreement(labels, given)
    assert agreement.kappa == pytest.approx(1 / 3)
    assert agreement.by_group["work"] == agreement.by_group["past"] == pytest.approx(2 / 3)
    assert agreement.macro_f1 == pytest.approx(4 / 27)
    assert agreement.kappa_low < agreement.kappa
    assert set(agreement.by_group) == set(GROUPS)


def test_a_constant_answer_has_kappa_zero() -> None:
    assert kappa(np.array(["work", "past"]), np.array(["work", "work"])) == 0.0
    assert kappa(np.array(["work", "work"]), np.array(["work", "work"])) == 0.0


def test_the_same_fit_twice_is_fully_stable_and_shuffled_topics_are_not() -> None:
    topics = np.repeat([0, 1, 2], 50)
    vectors = np.eye(3, dtype=np.float32)
    renamed = (topics + 1) % 3
    same = stability([topics, renamed], [topics, topics], [vectors, vectors[[1, 2, 0]]])
    assert same is not None
    assert (same.rand, same.same_group, same.matching) == (1.0, 1.0, pytest.approx(1.0))
    other = stability([topics, np.tile([0, 1, 2], 50)], [topics, np.tile([0, 1, 2], 50)], [vectors, vectors[:1]])
    assert other is not None
    assert abs(other.rand) < 0.05
    assert other.same_group == pytest.approx(1 / 3, abs=0.02)
    assert other.matching == pytest.approx(1 / 3)  # one topic of three has its partner


def test_one_seed_has_no_stability() -> None:
    assert stability([np.zeros(3)], [np.zeros(3)], [np.eye(2, dtype=np.float32)]) is None


def test_without_clustered_topics_nothing_is_matched() -> None:
    none = np.zeros((0, 3), dtype=np.float32)
    same = stability([np.zeros(3), np.zeros(3)], [np.zeros(3), np.zeros(3)], [none, none])
    assert same is not None
    assert same.matching is None


def conversations(subjects: int, each: int) -> list[Remark]:
    return [
        Remark(f"remark {number}", "annomi", f"{subject}-{case}", number, f"subject {subject}")
        for subject in range(subjects)
        for case in range(each)
        for number in range(20)
    ]


def test_topics_that_follow_the_subject_separate_it() -> None:
    remarks = conversations(3, 6)
    topics = np.array([int(remark.subject[-1]) for remark in remarks])
    separation = subject_separation(remarks, topics, "annomi", shuffles=30)
    assert separation is not None
    assert separation.information == pytest.approx(1.0)
    assert separation.is_separated
    assert (separation.subjects, separation.remarks) == (3, 360)


def test_what_one_conversation_repeats_proves_nothing() -> None:
    """Each conversation has its own topic, dealt without regard to its subject: the shuffles reach the same value."""
    remarks = conversations(3, 6)
    luck = np.random.default_rng(5)
    of_case = {case: int(luck.integers(4)) for case in sorted({remark.case for remark in remarks})}
    separation = subject_separation(remarks, np.array([of_case[remark.case] for remark in remarks]), "annomi", shuffles=60)
    assert separation is not None
    assert not separation.is_separated


def test_subjects_of_too_few_conversations_are_not_compared() -> None:
    assert subject_separation(conversations(3, 2), np.zeros(120), "annomi") is None
    assert subject_separation(conversations(3, 6), np.zeros(360), "banks") is None


def test_an_instrument_below_either_bar_fails_and_says_why() -> None:
    assert checks().passes
    assert checks(macro_f1=0.60, kappa_low=0.50).passes
    assert checks(macro_f1=0.59).faults == ("the macro-F1 of its groups 0.59 is below 0.60",)
    assert checks(kappa_low=0.42).faults == ("the lower limit of kappa 0.42 is below 0.50",)
