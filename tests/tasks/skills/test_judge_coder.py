"""A judge codes in the coder's place: what it is asked, what is read of it, and its exam before it is believed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from counsel_leaderboard.registry.skills.codes import CODES
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.settings import JudgeError
from counsel_leaderboard.tasks.skills.commands import skills
from counsel_leaderboard.tasks.skills.judge_card import bank_rows
from counsel_leaderboard.tasks.skills.judge_coder import SENTENCES_A_CALL, read
from tests.support.scripted_replies import scripted_judge

SENTENCE = re.compile(r"## (sentence_\d+)\n<<<(\w+)\n(.*?)\n\2>>>", re.DOTALL)


@pytest.fixture
def judge_at(serve, monkeypatch, tmp_path):
    """Starts a judge that gives `codes(sentence)`, and points the environment to it."""

    def start(codes):
        def choose(shown: str, rules: dict[str, Any]) -> dict[str, str]:
            given = {name: codes(text) for name, _, text in SENTENCE.findall(shown)}
            assert given.keys() == rules.keys()
            return given

        standin = serve(scripted_judge(choose))
        for name, value in (("URL", standin.base_url), ("MODEL", "org/judge")):
            monkeypatch.setenv(f"COUNSEL_JUDGE_{name}", value)
        monkeypatch.setenv("COUNSEL_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
        return standin

    return start


def run(*arguments: str) -> Result:
    return CliRunner().invoke(skills, list(arguments), catch_exceptions=False)


def by_bank(text: str) -> str:
    return ", ".join(next(row["codes"] for row in bank_rows() if text in row["text"]))


def test_a_file_is_coded_sentence_by_sentence_and_asked_once(judge_at, tmp_path: Path) -> None:
    standin = judge_at(lambda text: "`open_question`, support" if "?" in text else "Grounding")
    file = tmp_path / "replies.jsonl"
    rows = [{"text": "I see. What helps you?", "previous": "I cannot sleep."}, {"text": "", "previous": ""}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    first = run("code", str(file), "--coder", "judge")
    lines = [json.loads(line) for line in first.stdout.splitlines()]
    assert "no exam of this judge is here" in first.stderr
    assert [each["codes"] for each in lines[0]["sentences"]] == [["grounding"], ["open_question", "support"]]
    assert (lines[0]["behaviour"], lines[0]["confidence"], lines[0]["abstained"]) == ("question", {}, False)
    assert lines[1]["reason"] == "no words"
    (asked,) = standin.payloads
    shown = asked["messages"][1]["content"]
    assert "I cannot sleep." in shown
    assert "# Coder's manual" in asked["messages"][0]["content"]
    assert run("code", str(file), "--coder", "judge").stdout == first.stdout
    assert len(standin.payloads) == 1


def test_a_long_text_takes_several_calls_and_keeps_its_order(judge_at, tmp_path: Path) -> None:
    standin = judge_at(lambda text: "other")
    words = [f"Number {number} it is." for number in range(SENTENCES_A_CALL + 3)]
    file = tmp_path / "replies.jsonl"
    file.write_text(json.dumps({"text": " ".join(words), "previous": "Go on."}), encoding="utf-8")
    (line,) = run("code", str(file), "--coder", "judge").stdout.splitlines()
    assert [each["text"] for each in json.loads(line)["sentences"]] == words
    assert len(standin.payloads) == 2


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        ("affirm", ("affirm",)),
        ("support; affirm", ("affirm", "support")),
        ("other, support", ("support",)),
        ("reflection_complex, reflection_simple", ("reflection_complex",)),
        ("praise", ()),
        ("affirm, praise", ()),
        ("", ()),
    ],
)
def test_what_is_read_of_an_answer(answer: str, codes: tuple[str, ...]) -> None:
    (sentence,) = read(["Well done."], CallOutcome("judged", {"sentence_1": answer}))
    assert sentence.codes == codes
    assert (sentence.reason == "unread") is (not codes)


def test_an_unreadable_answer_codes_nothing() -> None:
    (sentence,) = read(["Well done."], CallOutcome("unread", None, "there is no JSON"))
    assert (sentence.codes, sentence.reason) == ((), "unread")


@pytest.mark.slow
def test_a_faultless_judge_has_kappa_one_and_its_card_is_named_before_it_codes(judge_at, tmp_path: Path) -> None:
    judge_at(by_bank)
    exam = run("exam", "--coder", "judge", "--rows", "60")
    assert "org/judge codes in the coder's place: mean kappa 1.00" in exam.stdout
    assert "60 rows, 0 answers unread" in exam.stdout
    assert all(f"| {code} |" in exam.stdout for code in CODES)
    file = tmp_path / "replies.jsonl"
    file.write_text(json.dumps({"text": str(bank_rows(60)[0]["text"]), "previous": ""}), encoding="utf-8")
    assert "mean kappa 1.00" in run("code", str(file), "--coder", "judge").stderr


def test_a_judge_that_says_one_code_always_has_no_kappa(judge_at) -> None:
    judge_at(lambda text: "support")
    assert "mean kappa 0.00" in run("exam", "--coder", "judge", "--rows", "60").stdout


def test_cost_asks_nobody(judge_at) -> None:
    standin = judge_at(by_bank)
    outcome = run("exam", "--coder", "judge", "--rows", "10", "--cost")
    assert "10 calls" in outcome.stderr
    assert not standin.payloads


def test_without_a_judge_the_settings_are_named(monkeypatch) -> None:
    for name in ("COUNSEL_JUDGE", "COUNSEL_JUDGE_URL", "COUNSEL_JUDGE_MODEL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(JudgeError, match="COUNSEL_JUDGE_URL"):
        run("exam", "--coder", "judge")


@pytest.mark.parametrize("arguments", [["--rows", "5"], ["--cost"]])
def test_options_of_a_judge_without_one_are_refused(arguments: list[str]) -> None:
    outcome = run("exam", *arguments)
    assert outcome.exit_code == 2
    assert "--coder judge" in outcome.stderr
