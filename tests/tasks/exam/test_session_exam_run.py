"""The exam of whole sessions from the judge's process to the stored record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.judges.qualification import session_exam
from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.tasks.exam import session_exam_run
from counsel_leaderboard.tasks.exam.session_bank import read_bank, sessions_to_rate
from counsel_leaderboard.tasks.exam.session_exam_run import RATINGS, RECORD, TASKS, record, run_session_exam
from counsel_leaderboard.tasks.exam.session_ratings import FRAME, frame
from counsel_leaderboard.tasks.exam.transforms import load
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint, JudgeError
from tests.support.scripted_replies import ticket_of
from tests.support.stand_in_server import StandIn
from tests.tasks.exam.scripted_session_judges import AlwaysFour, PerfectSessionJudge

Serve = Callable[[Callable[[dict[str, Any]], Any]], StandIn]
JUDGE = JudgeEndpoint("http://127.0.0.1:9/v1", "org/judge", revision="r1")
BANK, TRANSFORMS = read_bank(), load()
SHOWN = sessions_to_rate(BANK, TRANSFORMS)


def written(folder: Path, judge: PerfectSessionJudge) -> Path:
    rated = [(shown, judge.rate(shown.transcript)) for shown in SHOWN]
    rows = [row for task in TASKS for row in frame(task.name, rated).to_dicts()]
    (folder / RATINGS).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / RECORD).write_text(json.dumps(record(JUDGE, SHOWN, whole=True)), encoding="utf-8")
    return folder


def test_both_sides_name_the_same_files_and_columns() -> None:
    assert (session_exam.RECORD, session_exam.RATINGS) == (RECORD, RATINGS)
    assert session_exam.COLUMNS == FRAME


def test_a_judge_without_fault_misses_no_threshold(tmp_path: Path) -> None:
    exam = session_exam.read(written(tmp_path, PerfectSessionJudge(BANK, TRANSFORMS)))
    assert exam.faults == ()
    assert exam.text().endswith("This judge misses no threshold.")
    file = session_exam.write(tmp_path / "home", exam)
    assert session_exam.SessionExam.model_validate_json(file.read_bytes()) == exam


def test_a_fault_is_named_for_each_task(tmp_path: Path) -> None:
    exam = session_exam.read(written(tmp_path, AlwaysFour(BANK, TRANSFORMS)))
    assert [fault for fault in exam.faults if fault.startswith("counsel_ctrs: rates every session alike")]
    assert [fault for fault in exam.faults if fault.startswith("counsel_session: rates every session alike")]
    assert exam.text().endswith("This judge misses a threshold.")


def test_files_of_another_form_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="holds no exam of sessions"):
        session_exam.read(tmp_path)


@pytest.mark.slow
def test_the_short_form_over_http_qualifies_nobody(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    plans = [task.plan for task in TASKS]

    def answer(payload: dict[str, Any]) -> str:
        rubric = " ".join(message["content"] for message in payload["messages"])
        (plan,) = (plan for plan in plans if plan.rubric in rubric)
        fields = {name: rule["enum"][1] if "enum" in rule else "" for name, rule in plan.fields.items()}
        return json.dumps({"ticket": ticket_of(payload), "reason": "As scripted.", **fields})

    served = serve(answer)
    run_session_exam(tmp_path / "exam", JudgeEndpoint(served.base_url, "org/judge", revision="r1"), sessions=1)
    assert capsys.readouterr().err.startswith("exam of sessions of ")
    exam = session_exam.read(tmp_path / "exam")
    assert not exam.head.whole
    assert {row.value for row in exam.measures if row.measure == "session_verdicts"} == {1.0}
    assert {row.value for row in exam.measures if row.measure == "session_differs"} == {0.0}
    assert exam.text().endswith("qualifies nobody.")


def test_without_a_judge_there_is_no_exam(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match="an exam needs a judge"):
        run_session_exam(tmp_path, None)
    assert not (tmp_path / session_exam_run.RECORD).exists()
