"""The exam over a real server: the command's child asks, keeps what it got, and a judge out of reach leaves no card."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.judges.card import cards, issue
from counsel_leaderboard.leaderboard.judges.qualification import thresholds
from counsel_leaderboard.leaderboard.judges.qualification.decision import Judging, failed, of_home
from counsel_leaderboard.runners.judging.exam import examine
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress
from counsel_leaderboard.tasks.exam import exam_run
from counsel_leaderboard.tasks.exam.exam_tasks import plans
from counsel_leaderboard.tasks.judge.prompts import PROMPT_VERSION
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint, JudgeError
from tests.support.scripted_replies import ticket_of
from tests.support.stand_in_server import StandIn
from tests.tasks.exam.scripted_judges import NeverSeesRisk, Perfect

Serve = Callable[[Callable[[dict[str, Any]], Any]], StandIn]

FIRST = dict.fromkeys(plans(), 1)


@pytest.fixture
def perfect(bank, transforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], str]:
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    return as_json(Perfect(bank.rows, transforms))


def as_json(judge: Perfect) -> Callable[[dict[str, Any]], str]:
    """The judge's verdicts as a server writes them."""

    def answer(payload: dict[str, Any]) -> str:
        ticket = ticket_of(payload)
        return json.dumps({"ticket": ticket, "reason": "As scripted.", **judge.answer(payload["messages"])})

    return answer


def test_a_part_over_http_is_a_card_that_qualifies_nobody(serve: Serve, perfect, tmp_path: Path, capsys) -> None:
    served = serve(perfect)
    exam_run.run_exam(tmp_path / "exam", JudgeEndpoint(served.base_url, "org/judge", revision="r1"), parts=FIRST)
    assert capsys.readouterr().err.startswith("exam of 1224 calls, 0 of them answered before")
    card = issue(tmp_path / "exam", tmp_path / "home")
    assert (card.exam.of, card.exam.calls, card.exam.unread) == (1224, 90, 0)
    assert [listed.id for listed in cards(tmp_path / "home")] == [card.id]
    rubric = card.exam.rubrics["counsel_psyllm"]
    standing = of_home(tmp_path / "home")(Judging("counsel_psyllm", "org/judge", "r1", rubric, PROMPT_VERSION))
    assert standing.code in (Code.JUDGE_FAILED_EXAM, Code.JUDGE_EXAM_INCOMPLETE)
    assert (standing.params["judge"], standing.params["revision"]) == ("org/judge", "r1")
    other = of_home(tmp_path / "home")(Judging("counsel_psyllm", "org/judge", "r1", "sha256:other", PROMPT_VERSION))
    assert other == Reason(Code.JUDGE_OTHER_RUBRIC, {"judge": "org/judge", "revision": "r1"})
    for version in ("1", str(int(PROMPT_VERSION) + 1), None):
        newer = of_home(tmp_path / "home")(Judging("counsel_psyllm", "org/judge", "r1", rubric, version))
        assert newer == Reason(Code.JUDGE_OTHER_PROMPT, {"judge": "org/judge", "revision": "r1", "examined": PROMPT_VERSION})


def test_a_sitting_goes_on_where_it_stopped(serve: Serve, perfect, tmp_path: Path) -> None:
    """The server ends after 40 answers: no exam is written; the second sitting asks only for what is missing."""
    count = 0

    def dies(payload: dict[str, Any]) -> Any:
        nonlocal count
        count += 1
        return perfect(payload) if count <= 40 else web.Response(status=400)

    served = serve(dies)
    with pytest.raises(JudgeError, match="run the same command again"):
        exam_run.run_exam(tmp_path / "exam", JudgeEndpoint(served.base_url, "org/judge", concurrency=1), parts=FIRST)
    assert not (tmp_path / "exam").exists()
    served.reply = perfect
    served.payloads.clear()
    exam_run.run_exam(tmp_path / "exam", JudgeEndpoint(served.base_url, "org/judge", concurrency=1), parts=FIRST)
    record = json.loads((tmp_path / "exam" / exam_run.RECORD).read_text(encoding="utf-8"))
    assert (sum(record["asked"].values()), record["cached"]) == (len(served.payloads) + 40, 40)


@pytest.mark.slow
def test_what_is_lost_is_asked_no_more(serve: Serve, bank, transforms, tmp_path: Path, monkeypatch) -> None:
    """A judge that sees no risk is out after the first part; one without fault is asked everything."""
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    for judge, calls in ((NeverSeesRisk(bank.rows, transforms), 90), (Perfect(bank.rows, transforms), 1224)):
        served = serve(as_json(judge))
        folder = tmp_path / type(judge).__name__
        examine(folder, JudgeAddress(served.base_url, type(judge).__name__), thresholds.shipped())
        card = issue(folder, tmp_path / "home")
        assert (card.exam.calls, card.exam.of) == (calls, 1224)
        passes = {failed(card, task, thresholds.shipped()) is None for task in plans()}
        assert passes == {calls == 1224}


def test_a_hosts_own_bar_holds_instead(tmp_path: Path) -> None:
    (tmp_path / "judges").mkdir()
    (tmp_path / "judges" / "thresholds.toml").write_text('version = "2"\nrule = []\n', encoding="utf-8")
    assert thresholds.of_home(tmp_path).rules == ()
    (tmp_path / "judges" / "thresholds.toml").write_text("rule = 1", encoding="utf-8")
    with pytest.raises(thresholds.ThresholdsError, match=r"thresholds\.toml: holds no thresholds for judges"):
        thresholds.of_home(tmp_path)
