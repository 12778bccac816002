"""Cards of published labels, and what a score by them is told."""

from __future__ import annotations

import pytest

from counsel_leaderboard.leaderboard.board.reasons import Code
from counsel_leaderboard.leaderboard.judges import published
from counsel_leaderboard.leaderboard.judges.published import Labelled
from counsel_leaderboard.leaderboard.judges.qualification import decision
from counsel_leaderboard.leaderboard.judges.qualification.decision import Judging

LABELS = "published: some-model"


def rows(number: int, wrong: int = 0, people: int = 2) -> list[Labelled]:
    """Replies in 49 clusters, half of them labelled yes; in the first `wrong` the first person disagrees."""
    labelled = []
    for index in range(number):
        label, other = ("yes", "no") if index % 2 else ("no", "yes")
        given = [other if person == 0 and index < wrong else label for person in range(people)]
        labelled.append(Labelled(cluster=f"c{index % 49}", label=label, people=tuple(given)))
    return labelled


def card(**changes: int) -> published.PublishedCard:
    return published.measured(LABELS, "c" * 40, "counsel_response", "labels of some-model", "labels.csv", rows(**changes))


def test_agreement_is_the_share_of_people_with_the_labellers_label():
    # 98 replies, two people each, four of 196 labels differ.
    known = card(number=98, wrong=4)
    assert (known.replies, known.people, known.clusters) == (98, 2, 49)
    assert known.agreement == pytest.approx(192 / 196)
    assert known.low is not None
    assert 0.8 < known.low < known.agreement
    assert known.qualifies


@pytest.mark.parametrize("changes", [{"number": 89}, {"number": 98, "people": 1}, {"number": 98, "wrong": 60}])
def test_few_replies_one_person_or_much_disagreement_do_not_qualify(changes):
    assert not card(**changes).qualifies


def test_labels_that_are_all_the_same_have_no_kappa():
    same = [Labelled(cluster=str(number), label="no", people=("no", "no")) for number in range(95)]
    assert published.measured(LABELS, None, "t", "of", "f", same).kappa is None


def test_a_card_comes_back_from_its_file_and_replaces_the_older_one(tmp_path):
    published.save(card(number=98, wrong=9), tmp_path)
    published.save(card(number=98), tmp_path)
    assert published.cards(tmp_path) == (card(number=98),)


@pytest.mark.parametrize(
    ("judge", "rubric", "known", "code"),
    [
        (LABELS, "labels of some-model", [card(number=98)], None),
        (LABELS, "labels of another", [card(number=98)], Code.LABELS_CHECKED_ELSEWHERE),
        (LABELS, "labels of some-model", [card(number=50)], Code.LABELS_DISAGREE_WITH_PEOPLE),
        ("published: hand labels", "labels of some-model", [card(number=98)], Code.LABELS_UNCHECKED),
    ],
)
def test_the_rule_of_a_home_decides_about_published_labels_by_their_cards(tmp_path, judge, rubric, known, code):
    for saved in known:
        published.save(saved, tmp_path)
    reason = decision.of_home(tmp_path)(Judging("counsel_response", judge, "c" * 40, rubric, None))
    assert (reason and reason.code) == code
