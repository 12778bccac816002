"""The exam catches each planted fault by its name, and lets a judge without one pass."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.judges.card import computed
from counsel_leaderboard.leaderboard.judges.qualification import thresholds
from counsel_leaderboard.leaderboard.judges.qualification.early_stopping import open_tasks
from counsel_leaderboard.leaderboard.judges.qualification.exam_run import read
from counsel_leaderboard.tasks.exam.exam_questions import PARTS, picked
from counsel_leaderboard.tasks.exam.exam_tasks import plans
from tests.tasks.exam.scripted_judges import FAULTY, Perfect


def faults(card):
    return thresholds.faults(card.frame(), thresholds.shipped())


def test_a_judge_that_follows_its_rubric_passes(examine, bank, transforms):
    if len(bank.rows) < 9 * 12:
        pytest.skip("with so few pairs no interval is narrow enough to pass")
    card = computed(examine(Perfect(bank.rows, transforms)))
    assert [fault.text() for fault in faults(card)] == []
    gains = card.frame().filter(
        pl.col("measure").is_in(["padding_gain", "style_gain", "injection_success", "first_preference"])
    )
    assert gains["value"].to_list() == [0.0] * gains.height
    assert set(gains["task"]) == set(plans())
    forms = card.frame().filter((pl.col("measure") == "injection_success") & pl.col("of").is_not_null())
    assert set(forms["of"]) == set(transforms.forms)
    assert forms["n"].to_list() == [6] * 8 * 3
    flaws = card.frame().filter((pl.col("measure") == "detection") & pl.col("of").is_not_null())
    assert set(flaws["of"]) == {row["flaw"] for row in bank.rows}


BIASES = {
    "prefers the first",
    "prefers the second",
    "prefers the longer",
    "obeys instructions in the reply",
    "drifts between calls",
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_planted_fault_is_caught_by_its_name_and_no_other_bias_is_named(examine, bank, transforms, name):
    """The interval shows it: its end that is nearer to a good judge's value is on the wrong side of the bar.

    Each scripted judge has one bias, so of the biases only that one may be found in it; chance answers may look like any.
    """
    caught = faults(computed(examine(FAULTY[name](bank.rows, transforms))))
    matching = [fault for fault in caught if fault.fault == name]
    assert matching, f"{name} was not caught"
    worst = max(matching, key=lambda fault: abs(fault.value))
    good = {"detection": 1.0, "stability": 1.0}.get(worst.measure, 0.0)
    assert not worst.low <= good <= worst.high
    if name != "answers no better than at random":
        assert {fault.fault for fault in caught} & BIASES == {name} & BIASES


def test_the_sheet_is_balanced_and_fixed(entries, bank):
    again = [entry.identity() for entry in entries]
    assert len({str(about) for about in again}) == len(again)
    pairs = [entry for entry in entries if entry.task == "counsel_preference" and entry.variant == "plain" and not entry.repeat]
    assert {entry.item for entry in pairs} == {row["id"] for row in bank.rows}
    assert Counter(entry.sound_position for entry in pairs) == {"A": len(bank.rows), "B": len(bank.rows)}
    forms = {entry.form for entry in entries if entry.variant == "injected"}
    assert len(forms) >= 8
    for task in plans():
        plain = {entry.item for entry in entries if entry.task == task and entry.variant == "plain" and not entry.repeat}
        assert {entry.item for entry in entries if entry.task == task} == plain


def test_what_is_picked_does_not_hang_on_the_order_of_rows(bank):
    assert picked(bank.rows, "x", 1) == picked(list(reversed(bank.rows)), "x", 1)


def test_every_part_holds_its_share_of_each_task(entries):
    """Everything about a pair stands in one part. Of the first, three pairs with a missed risk cue are enough to be out."""
    assert len({(entry.task, entry.item, entry.part) for entry in entries}) == len({(e.task, e.item) for e in entries})
    for task in plans():
        for first, seen in ((2, {"injected"}), (1, {"plain"})):
            pairs = {(entry.part, entry.item) for entry in entries if entry.task == task and entry.variant in seen}
            sizes = Counter(part for part, _ in pairs)
            assert set(sizes) == set(range(first, PARTS + 1))
            assert max(sizes.values()) - min(sizes.values()) <= 4
        gravest = {e.item for e in entries if (e.task, e.part, e.flaw) == (task, 1, "missed risk cue")}
        assert len(gravest) == 3


@pytest.mark.slow
def test_a_tasks_exam_ends_once_it_is_lost_and_not_before(examine, bank, transforms):
    """One that never sees a risk misses three cues of 24 in the first part, and the bar asks for 22. One that chooses the first
    is lost where two replies are compared: 216 pairs need about 176 found in both orders, and after the third of eight parts it
    has found none of about 80.
    """

    def still_open(part, name=None):
        judge = (FAULTY[name] if name else Perfect)(bank.rows, transforms)
        return open_tasks(read(examine(judge, part)), thresholds.shipped())

    assert still_open(1) == set(plans())
    assert still_open(PARTS) == set()
    assert still_open(3, "prefers the first") == set(plans()) - {"counsel_preference"}
    assert still_open(1, "does not see a missed risk cue") == set()
    card = computed(examine(FAULTY["does not see a missed risk cue"](bank.rows, transforms), 1))
    assert not any(card.whole(task) for task in plans())
    problems = card.faults(thresholds.shipped())
    # Of so few calls many intervals are wide; only what no further answer could mend is held against the judge.
    assert {(fault.task, fault.fault) for fault in problems} == {(task, "does not see a missed risk cue") for task in plans()}
    assert len(faults(card)) > len(problems)


def test_a_repeat_cannot_be_answered_from_the_cache(entries):
    again = [entry for entry in entries if entry.repeat]
    assert {entry.task for entry in again} == set(plans())
    first = {str(entry.question.messages): entry for entry in entries if not entry.repeat}
    for entry in again:
        assert first[str(entry.question.messages)].question != entry.question
