"""The exam over a real server: the command's child asks, keeps what it got, and a judge out of reach leaves no card."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner

from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.judges.card import cards, computed, issue
from counsel_leaderboard.leaderboard.judges.card_text import card_text
from counsel_leaderboard.leaderboard.judges.qualification import thresholds
from counsel_leaderboard.leaderboard.judges.qualification.decision import Judging, failed, of_home
from counsel_leaderboard.runners.cli.judge_commands import judge as judge_group
from counsel_leaderboard.runners.judging.exam import examine
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress
from counsel_leaderboard.tasks.exam import exam_run
from counsel_leaderboard.tasks.exam.exam_tasks import plans
from counsel_leaderboard.tasks.judge.prompts import PROMPT_VERSION
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint, JudgeError
from tests.support.scripted_replies import ticket_of
from tests.support.stand_in_server import StandIn
from tests.tasks.exam.scripted_dialogue_judges import KnowsDialogues
from tests.tasks.exam.scripted_judges import NeverSeesRisk, Perfect

Serve = Callable[[Callable[[dict[str, Any]], Any]], StandIn]

FIRST = dict.fromkeys(plans(), 1)


@dataclass
class OfBoth:
    """A judge of replies to one message that knows the dialogues too."""

    messages: Perfect
    dialogues: KnowsDialogues

    def answer(self, messages: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """The verdict's fields for one call."""
        try:
            return self.dialogues.answer(messages)
        except KeyError:
            return self.messages.answer(messages)


@pytest.fixture
def perfect(bank, dialogues, transforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], str]:
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    return as_json(OfBoth(Perfect(bank.rows, transforms), KnowsDialogues(dialogues.rows)))


@pytest.fixture(scope="session")
def whole(items: exam_run.ExamItems) -> int:
    """The number of calls of the whole exam."""
    return len(items.entries())


def as_json(judge: OfBoth) -> Callable[[dict[str, Any]], str]:
    """The judge's verdicts as a server writes them."""

    def answer(payload: dict[str, Any]) -> str:
        ticket = ticket_of(payload)
        return json.dumps({"ticket": ticket, "reason": "As scripted.", **judge.answer(payload["messages"])})

    return answer


@pytest.mark.slow
def test_a_part_over_http_is_a_card_that_qualifies_nobody(serve: Serve, perfect, whole, tmp_path: Path, capsys) -> None:
    served = serve(perfect)
    exam_run.run_exam(tmp_path / "exam", JudgeEndpoint(served.base_url, "org/judge", revision="r1"), parts=FIRST)
    assert capsys.readouterr().err.startswith(f"exam of {whole} calls, 0 of them answered before")
    card = issue(tmp_path / "exam", tmp_path / "home")
    assert (card.exam.of, card.exam.calls, card.exam.unread) == (whole, 90, 0)
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


@pytest.mark.slow
def test_a_judge_of_an_older_exam_is_read_and_has_no_right(serve: Serve, perfect, tmp_path: Path) -> None:
    """As a home stores it: lines and a record without anything about dialogues, and a card of that time."""
    served = serve(perfect)
    exam_run.run_exam(tmp_path / "exam", JudgeEndpoint(served.base_url, "org/judge", revision="r1"), parts=FIRST)
    record, outcomes = tmp_path / "exam" / exam_run.RECORD, tmp_path / "exam" / exam_run.OUTCOMES
    lines = [json.loads(line) for line in outcomes.read_text(encoding="utf-8").splitlines()]
    asked = [line for line in lines if line["state"] == "judged"]
    for line in asked:
        del line["kind"]
    outcomes.write_text("".join(json.dumps(line) + "\n" for line in asked), encoding="utf-8")
    old = json.loads(record.read_text(encoding="utf-8")) | {"exam_version": "2"}
    del old["bank"]["dialogues"]
    old["whole"] = old["asked"]
    record.write_text(json.dumps(old), encoding="utf-8")
    issue(tmp_path / "exam", tmp_path / "home")
    (card,) = cards(tmp_path / "home")
    assert (card.older, card.exam.calls) == (True, 90)
    rubric = card.exam.rubrics["counsel_psyllm"]
    standing = of_home(tmp_path / "home")(Judging("counsel_psyllm", "org/judge", "r1", rubric, PROMPT_VERSION))
    assert standing == Reason(
        Code.JUDGE_OLDER_EXAM, {"judge": "org/judge", "revision": "r1", "examined": "2", "needed": exam_run.EXAM_VERSION}
    )
    shown = card_text(card, thresholds.shipped())
    assert "Exam version 2, an older one: it is shown, and qualifies nobody" in shown
    assert "Its exam held no dialogues" in shown


@pytest.mark.slow
def test_the_short_form_asks_about_a_dialogue_of_each_flaw_and_qualifies_nobody(
    serve: Serve, perfect, dialogues, whole, tmp_path: Path, capsys
) -> None:
    """Eight flaws that could cost a life in three tasks: 2 and 3 calls alone, and 6 in pairs. A mirror: 2 in each. Two sound
    replies: 2 in two tasks. Another flaw: as one that could cost a life.
    """
    served = serve(perfect)
    exam_run.run_exam(tmp_path / "exam", JudgeEndpoint(served.base_url, "org/judge", revision="r1"), each=1)
    graded = len({row["flaw"] for row in dialogues.rows}) - 2
    calls = 11 * graded + 6 + 4
    assert capsys.readouterr().err.startswith(f"exam of {calls} calls, 0 of them answered before")
    card = computed(tmp_path / "exam")
    assert (card.exam.of, card.exam.calls) == (whole, calls)
    assert not any(card.qualifies(task, thresholds.shipped()) for task in plans())
    assert "False alarms: 0 of 2" in card_text(card, thresholds.shipped())


@pytest.mark.slow
def test_the_command_of_the_short_form_stores_nothing(serve: Serve, perfect, tmp_path: Path, monkeypatch) -> None:
    served = serve(perfect)
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COUNSEL_JUDGE_URL", served.base_url)
    monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "org/judge")
    cost = CliRunner().invoke(judge_group, ["check", "--short", "--cost"])
    assert (cost.exit_code, len(served.payloads)) == (0, 0), cost.output
    done = CliRunner().invoke(judge_group, ["check", "--short"])
    assert done.exit_code == 0, done.output
    assert "counsel_psyllm: is not examined in full" in done.output
    assert done.output.endswith("The short form qualifies nobody.\n")
    assert f"exam of {len(served.payloads)} calls" in done.output
    assert cards(tmp_path / "home") == []


@pytest.mark.slow
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
def test_what_is_lost_is_asked_no_more(serve: Serve, bank, dialogues, transforms, whole, tmp_path: Path, monkeypatch) -> None:
    """A judge that sees no risk is out after the first part; one without fault is asked everything."""
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    for judge, calls in ((NeverSeesRisk(bank.rows, transforms), 90), (Perfect(bank.rows, transforms), whole)):
        served = serve(as_json(OfBoth(judge, KnowsDialogues(dialogues.rows))))
        folder = tmp_path / type(judge).__name__
        examine(folder, JudgeAddress(served.base_url, type(judge).__name__), thresholds.shipped())
        card = issue(folder, tmp_path / "home")
        assert (card.exam.calls, card.exam.of) == (calls, whole)
        passes = {failed(card, task, thresholds.shipped()) is None for task in plans()}
        assert passes == {calls == whole}


def test_a_hosts_own_bar_holds_instead(tmp_path: Path) -> None:
    (tmp_path / "judges").mkdir()
    (tmp_path / "judges" / "thresholds.toml").write_text('version = "2"\nrule = []\n', encoding="utf-8")
    assert thresholds.of_home(tmp_path).rules == ()
    (tmp_path / "judges" / "thresholds.toml").write_text("rule = 1", encoding="utf-8")
    with pytest.raises(thresholds.ThresholdsError, match=r"thresholds\.toml: holds no thresholds for judges"):
        thresholds.of_home(tmp_path)
