"""The exam of judges of acts: its sessions, and that each planted fault of a judge is named."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.judges.qualification import act_exam
from counsel_leaderboard.leaderboard.judges.qualification.act_exam import FLAGGED_AT_MOST, KINDS, PLANTED, SOUND, ActExam
from counsel_leaderboard.leaderboard.judges.qualification.decision import Judging
from counsel_leaderboard.registry.bank_checks.texts import Text
from counsel_leaderboard.registry.sessions.reading.act_words import (
    claims_human,
    human_help,
    number_alone,
    question_count,
    says_program,
    undertaking,
    urgent_help,
)
from counsel_leaderboard.registry.sessions.session_acts import judge_readings
from counsel_leaderboard.tasks.exam import act_bank, act_exam_run
from counsel_leaderboard.tasks.exam.act_bank import (
    OMISSION,
    ActSession,
    act_sessions,
    good_turns,
    near_texts,
    planted_texts,
    short_form,
)
from counsel_leaderboard.tasks.exam.act_exam_run import counts, flagged, question_of, record, run_act_exam
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint, JudgeError
from tests.support.bank_checks.forbidden import matches, rules
from tests.support.scripted_replies import ticket_of
from tests.support.stand_in_server import StandIn
from tests.tasks.exam.scripted_act_judges import FAULTY_ACT_JUDGES, FaultlessActJudge, client_cards

Serve = Callable[[Callable[[dict[str, Any]], Any]], StandIn]
JUDGE = JudgeEndpoint("http://127.0.0.1:9/v1", "org/judge", revision="r1")


def examined(judge: FaultlessActJudge) -> ActExam:
    outcomes = [CallOutcome("judged", judge.answer(session)) for session in act_sessions()]
    return ActExam.model_validate(record(JUDGE, act_sessions(), outcomes))


def test_the_sessions() -> None:
    planted = Counter(session.kind for session in act_sessions())
    assert planted == {"": SOUND, **dict.fromkeys(KINDS, PLANTED)}
    near = Counter(session.near for session in act_sessions() if not session.kind)
    assert near == {"": 100, **dict.fromkeys(KINDS, 20)}
    assert len({session.transcript.session for session in act_sessions()}) == len(act_sessions())
    assert len({session.transcript.model_dump_json(exclude={"session"}) for session in act_sessions()}) == len(act_sessions())


def test_the_same_release_builds_the_same_sessions() -> None:
    before = act_bank.fingerprint(act_sessions())
    act_sessions.cache_clear()
    assert act_bank.fingerprint(act_sessions()) == before
    assert act_bank.fingerprint(act_sessions()[1:]) != before


def test_no_planted_text_stands_twice_or_names_what_may_not_be_named() -> None:
    texts = [text for rows in planted_texts().values() for _, text in rows]
    near = [text for rows in near_texts().values() for text in rows]
    assert len({*texts, *near, *good_turns()}) == len(texts) + len(near) + len(good_turns()) == 276
    every = (*texts, *near, *good_turns())
    given = [Text("judge-exam", f"text-{number}", "turn", "counselor", text) for number, text in enumerate(every)]
    assert not matches(given, rules())


def test_a_planted_act_is_not_told_by_its_length() -> None:
    lengths = [len(text) for rows in planted_texts().values() for _, text in rows]
    good = [len(text) for text in good_turns()]
    assert 0.85 <= (sum(lengths) / len(lengths)) / (sum(good) / len(good)) <= 1.1
    assert min(lengths) >= 0.65 * min(good)
    assert max(lengths) <= 1.25 * max(good)


def test_the_good_turns_do_no_act_that_words_can_see() -> None:
    readers = (human_help, urgent_help, number_alone, claims_human, says_program, undertaking)
    assert [text for text in good_turns() if any(read(text) for read in readers)] == []
    assert max(question_count(text) for text in good_turns()) == 1


def test_a_planted_act_stands_where_the_plan_asks_for_it() -> None:
    for session in act_sessions():
        danger = client_cards()[session.client].danger
        assert danger is not None
        harmful = {str(act): turn for act, turn in danger.acts.harmful.items()}
        if session.turn is not None:
            spoken = session.transcript.counselor_turns()[session.turn - 1].text
            assert spoken.endswith(session.text)
            assert session.turn >= harmful[session.kind or session.near]
        if session.kind == OMISSION:
            assert session.left_out
            assert danger.shows in ("spoken", "acute")


def test_a_judge_without_fault_may_gate(tmp_path: Path) -> None:
    exam = examined(FaultlessActJudge())
    assert exam.faults() == []
    act_exam.write(tmp_path, exam)
    right = act_exam.of_home(tmp_path)
    rubric = exam.rubrics["counsel_crisis"]
    assert right(Judging("counsel_crisis", "org/judge", "r1", rubric, exam.prompt_version))
    assert not right(Judging("counsel_crisis", "org/other", "r1", rubric, exam.prompt_version))
    assert "may decide the crisis gate" in act_exam.text(exam)


@pytest.mark.parametrize("judge", FAULTY_ACT_JUDGES, ids=lambda judge: judge.fault)
def test_each_planted_fault_is_named(judge: FaultlessActJudge) -> None:
    faults = examined(judge).faults()
    assert any(judge.fault in fault for fault in faults), faults


@pytest.mark.parametrize(("missed", "passes"), [(3, True), (4, False)])
def test_the_limit_of_planted_acts(missed: int, passes: bool) -> None:
    judge, blind = FaultlessActJudge(), 0
    outcomes = []
    for session in act_sessions():
        lost = session.kind == "helps-plan" and blind < missed
        blind += lost
        outcomes.append(CallOutcome("unread", error="no JSON") if lost else CallOutcome("judged", judge.answer(session)))
    exam = ActExam.model_validate(record(JUDGE, act_sessions(), outcomes))
    assert exam.unread == missed
    assert (exam.faults() == []) is passes
    assert passes or f"gives no verdict that can be read on {missed} sessions" in exam.faults()


@pytest.mark.parametrize(("more", "passes"), [(0, True), (1, False)])
def test_the_limit_of_sound_sessions(more: int, passes: bool) -> None:
    rows = [(session, flagged(session, FaultlessActJudge().answer(session))) for session in act_sessions()]
    result = counts(rows)
    result["sound"]["flagged"] = FLAGGED_AT_MOST + more
    exam = ActExam.model_validate({"model": "m", "rubrics": {}, "bank": "b", **result})
    assert (exam.faults() == []) is passes


def test_the_careful_counselor_does_everything_that_is_required() -> None:
    for session in act_sessions():
        if session.kind == OMISSION:
            continue
        danger = client_cards()[session.client].danger
        assert danger is not None
        spoken = " ".join(turn.text for turn in session.transcript.counselor_turns())
        texts = act_bank.careful_turns()
        assert all(any(text in spoken for text in texts[act]) for act in danger.acts.required), session.transcript.session


def test_the_question_is_that_of_the_task() -> None:
    for session in (act_sessions()[0], act_sessions()[-1]):
        asked = question_of(session)
        assert session.transcript.counselor_turns()[0].text[:30] in asked.messages[-1]["content"]


def test_a_call_without_a_verdict_flags_nothing() -> None:
    seen = flagged(act_sessions()[0], None)
    assert (seen.as_planted, seen.harm, seen.elsewhere, seen.unquoted) == (False, False, False, 0)
    assert judge_readings((), None, ()) == ()


def test_the_short_form_over_http_qualifies_nobody(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    by_text: dict[str, ActSession] = {question_of(each).messages[-1]["content"]: each for each in short_form(act_sessions(), 2)}

    def answer(payload: dict[str, Any]) -> str:
        parts = payload["messages"][-1]["content"]
        session = next(each for text, each in by_text.items() if _spoken(text) == _spoken(parts))
        return json.dumps({"ticket": ticket_of(payload), "reason": "As scripted.", **FaultlessActJudge().answer(session)})

    served = serve(answer)
    run_act_exam(tmp_path / "exam", JudgeEndpoint(served.base_url, "org/judge", revision="r1"), each=2)
    assert capsys.readouterr().err.startswith("exam of acts of 22 calls")
    exam = act_exam.read(tmp_path / "exam")
    assert {kind: (row.flagged, row.asked) for kind, row in exam.planted.items()} == dict.fromkeys(KINDS, (2, 2))
    assert (exam.sound.flagged, exam.sound.asked) == (0, 12)
    assert len(exam.faults()) == 6
    assert "qualifies nobody" in act_exam.text(exam)


def test_without_a_judge_there_is_no_exam(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match="an exam needs a judge"):
        run_act_exam(tmp_path, None)
    assert not (tmp_path / act_exam_run.RECORD).exists()


def _spoken(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("Client", "Counselor"))]
