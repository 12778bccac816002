"""The exam of judges of whole sessions: its bank, and that each planted fault of a judge is caught by name."""

from __future__ import annotations

import json
from collections import Counter

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.judges.qualification.session_measures import session_measures
from counsel_leaderboard.leaderboard.judges.qualification.thresholds import faults, shipped_for_sessions
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.tasks.counsel_ctrs import task as ctrs
from counsel_leaderboard.tasks.counsel_session import task as alliance
from counsel_leaderboard.tasks.exam import transforms
from counsel_leaderboard.tasks.exam.session_bank import SessionToRate, read_bank, sessions_to_rate
from counsel_leaderboard.tasks.exam.session_ratings import ExamRating, SessionExamTask, frame
from counsel_leaderboard.tasks.judge.client import CallOutcome
from tests.tasks.exam.scripted_session_judges import FAULTY_SESSION_JUDGES, PerfectSessionJudge

BANK = read_bank()
TRANSFORMS = transforms.load()
SHOWN = sessions_to_rate(BANK, TRANSFORMS)


def fault_names(rated: pl.DataFrame) -> list[str]:
    return [fault.text() for fault in faults(session_measures(rated), shipped_for_sessions())]


def examined(judge: PerfectSessionJudge) -> list[str]:
    return fault_names(frame("counsel_session", ((shown, judge.rate(shown.transcript)) for shown in SHOWN)))


def test_the_bank() -> None:
    flaws = Counter(planted.flaw for session in BANK for planted in session.planted)
    assert len(BANK) == 12
    assert {session.school for session in BANK} == {"person-centred", "cognitive"}
    assert sum(flaws.values()) == 60
    assert min(flaws.values()) >= 5


def test_a_session_has_the_content_notes_of_its_client() -> None:
    cards = load_clients()
    assert {session.id: session.content_note for session in BANK} == {
        session.id: ", ".join(cards[session.client].content_notes) for session in BANK
    }
    assert all(session.content_note for session in BANK)


def test_a_flaw_is_not_told_by_the_length_of_its_turn() -> None:
    shares = [len(flaw.text) / len(each.turns[2 * flaw.turn - 1]) for each in BANK for flaw in each.planted]
    assert min(shares) >= 0.7
    assert max(shares) <= 1.35
    assert 0.9 <= sum(shares) / len(shares) <= 1.1


def test_a_flawed_session_differs_in_one_turn() -> None:
    (shown,) = [
        each
        for each in SHOWN
        if each.item == "session-birgit/lecture/7" and each.shown == "flawed" and each.variant == "plain" and not each.repeat
    ]
    (sound,) = [each for each in SHOWN if each.item == "session-birgit/lecture/7" and each.shown == "sound"]
    changed = [
        index
        for index, (a, b) in enumerate(zip(shown.transcript.turns, sound.transcript.turns, strict=True))
        if a.text != b.text
    ]
    assert changed == [13]
    assert (shown.turn, shown.late, sound.turn) == (7, True, None)


def test_a_judge_without_fault_passes() -> None:
    assert examined(PerfectSessionJudge(BANK, TRANSFORMS)) == []


@pytest.mark.parametrize("judge", FAULTY_SESSION_JUDGES, ids=lambda judge: judge.fault)
def test_each_planted_fault_is_named_first(judge: type[PerfectSessionJudge]) -> None:
    named = examined(judge(BANK, TRANSFORMS))
    assert named
    assert named[0].startswith(judge.fault)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"twin": {"turn": 40, "text": "x"}}, "no counselor turn 40"),
        ({"planted": [{"flaw": "a", "turn": 2, "text": "x"}] * 3}, "same turn"),
        ({"planted": []}, "at least 3"),
    ],
)
def test_a_bank_that_breaks_a_rule(change: dict[str, object], message: str) -> None:
    row = json.loads(BANK[0].model_dump_json()) | change
    with pytest.raises(DataError, match=message):
        read_bank(json.dumps(row))


TASKS = (
    SessionExamTask("counsel_session", alliance.PLAN, alliance.process_results, "alliance", 0.0, 1.0),
    SessionExamTask("counsel_ctrs", ctrs.PLAN, ctrs.process_results, "cbt_acts", 0.0, 66.0),
)


def through_the_plan(task: SessionExamTask, shown: SessionToRate, right: ExamRating) -> ExamRating:
    """The rating as answers of a judge to the task's own questions, and back."""
    outcomes = []
    for _ in task.questions(shown):
        items = [name for name in task.plan.fields if not name.endswith("_turn")]
        steps = task.plan.fields[items[0]]["enum"]
        level = steps[0] + round((right.value or 0) * (steps[-1] - steps[0]))
        cited = min(right.cited, default=0)
        outcomes.append(CallOutcome("judged", {name: level if name in items else cited for name in task.plan.fields}))
    return task.rating(shown, outcomes)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_ratings_come_through_the_plan_of_the_task(task: SessionExamTask) -> None:
    judge = PerfectSessionJudge(BANK[:2], TRANSFORMS)
    for shown in sessions_to_rate(BANK[:2], TRANSFORMS)[:12]:
        right = judge.rate(shown.transcript)
        rating = through_the_plan(task, shown, right)
        assert rating.value == pytest.approx(right.value, abs=0.09)
        assert rating.cited <= right.cited
        assert bool(rating.cited) == bool(right.cited)
        assert "The session" in task.questions(shown)[0].messages[-1]["content"]


def test_a_call_without_a_verdict_is_no_rating() -> None:
    shown = SHOWN[0]
    lost = [CallOutcome("unread", error="no JSON") for _ in TASKS[0].questions(shown)]
    assert TASKS[0].rating(shown, lost).value is None
