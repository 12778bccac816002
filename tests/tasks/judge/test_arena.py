"""`tasks.judge arena`: both orders of each pair, from the file's replies to the lines that the arena reads."""

from __future__ import annotations

import json
import re

import pytest

from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.tasks.judge import session_pairs
from counsel_leaderboard.tasks.judge.__main__ import main
from counsel_leaderboard.tasks.judge.arena import PairsError, read
from tests.support.played_sessions import ASKS, played


def pair(name, a, b):
    return {"id": name, "speech": "I am tired.", "a": a, "b": b}


@pytest.fixture
def arena(monkeypatch, tmp_path, capsys):
    """Run the verb over pairs with the judge at `url`; its exit code, its lines by (id, order), and what it said."""

    def run(pairs, url):
        monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path))
        monkeypatch.delenv("COUNSEL_JUDGE", raising=False)
        monkeypatch.setenv("COUNSEL_JUDGE_URL", url)
        monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "scripted")
        monkeypatch.setenv("COUNSEL_JUDGE_TIMEOUT", "5")
        file = tmp_path / "pairs.jsonl"
        file.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
        code = main(["arena", str(file)])
        out, err = capsys.readouterr()
        lines = [json.loads(line) for line in out.splitlines()]
        return code, {(line["id"], line["order"]): line["verdict"] for line in lines}, err

    return run


def test_both_orders_name_the_lines_own_sides(serve, judge_by, arena):
    """The judge prefers the longer text, ties equal ones and always takes the first of "odd" ones."""

    def choose(shown, rules):
        first, second = re.findall(r"## Reply [AB]\n<<<\w+\n(.*)\n", shown)
        if "odd" in first and "odd" in second:
            return {"choice": "A"}
        return {"choice": "tie" if len(first) == len(second) else "AB"[len(second) > len(first)]}

    standin = serve(judge_by(choose))
    pairs = [pair("1", "short", "much longer"), pair("2", "same", "text"), pair("3", "odd one", "odd two")]
    code, verdicts, _ = arena(pairs, standin.base_url)
    assert code == 0
    assert verdicts == {
        **{("1", "ab"): "b", ("1", "ba"): "b"},
        **{("2", "ab"): "tie", ("2", "ba"): "tie"},
        **{("3", "ab"): "a", ("3", "ba"): "b"},  # the first shown is a, then b
    }
    assert len(standin.payloads) == 6


def test_what_needs_no_judge_and_what_cannot_be_judged(serve, judge_by, arena):
    """An empty reply loses to a reply and ties with an empty one; what was not generated is no comparison."""
    standin = serve(judge_by(lambda shown, rules: {"choice": "A"}))
    pairs = [pair("1", "", "text"), pair("2", "text", " "), pair("3", "", ""), pair("4", NOT_GENERATED, "text")]
    code, verdicts, _ = arena([*pairs, pair("5", "text", "<think>cut")], standin.base_url)
    assert code == 0
    assert [verdicts[name, "ab"] for name in "12345"] == ["b", "a", "tie", None, None]
    assert [verdicts[name, "ba"] for name in "12345"] == ["b", "a", "tie", None, None]
    assert not standin.payloads


def test_an_unread_verdict_is_null(serve, arena):
    code, verdicts, _ = arena([pair("1", "x", "y")], serve(lambda payload: "I like both").base_url)
    assert (code, verdicts) == (0, {("1", "ab"): None, ("1", "ba"): None})


def test_a_judge_that_is_not_there_is_no_tie(arena):
    code, verdicts, err = arena([pair("1", "x", "y")], "http://127.0.0.1:9/v1")
    assert (code, verdicts) == (1, {})
    assert "never reached" in err


@pytest.mark.parametrize(
    "text", ["{", "[]\n", '{"id": "1", "speech": "s", "a": "x"}\n', '{"id": 1, "speech": "s", "a": "x", "b": "y"}\n']
)
def test_a_file_that_is_none(tmp_path, text):
    file = tmp_path / "pairs.jsonl"
    file.write_text(text)
    with pytest.raises(PairsError, match=r"pairs\.jsonl"):
        read(file)


def sessions(name, a, b):
    return {**pair(name, a, b), "kind": "session"}


def test_sessions_are_judged_in_both_orders_and_what_cannot_be_judged_is_no_tie(serve, judge_by, arena):
    """The judge takes whatever stands first, so the orders disagree; a failed, foreign or too long session is no comparison."""
    first, second = played("s", ASKS).model_dump_json(), played("s", "And then?").model_dump_json()
    silent = played("s", "", turns=[{"speaker": "client", "text": "Hello?", "author": "script"}]).model_dump_json()
    failed = played("s", ASKS, ended_by="failure", failure="the server closed").model_dump_json()
    endless = played("s", "word " * session_pairs.MOST_CHARACTERS).model_dump_json()
    standin = serve(judge_by(lambda shown, rules: {"choice": "A"}))
    pairs = [
        sessions("1", first, second),
        sessions("2", silent, first),
        sessions("3", first, failed),
        sessions("4", "Hello", first),
    ]
    code, verdicts, _ = arena([*pairs, sessions("5", endless, first)], standin.base_url)
    assert code == 0
    assert [verdicts[name, "ab"] for name in "12345"] == ["a", "b", None, None, None]
    assert [verdicts[name, "ba"] for name in "12345"] == ["b", "b", None, None, None]
    assert len(standin.payloads) == 2


def test_an_unread_verdict_on_sessions_is_null(serve, arena):
    first, second = played("s", ASKS).model_dump_json(), played("s", "And then?").model_dump_json()
    code, verdicts, _ = arena([sessions("1", first, second)], serve(lambda payload: "I like both").base_url)
    assert (code, verdicts) == (0, {("1", "ab"): None, ("1", "ba"): None})


def test_a_kind_that_is_none_is_refused(tmp_path):
    file = tmp_path / "pairs.jsonl"
    file.write_text(json.dumps({**pair("1", "x", "y"), "kind": "poem"}))
    with pytest.raises(PairsError, match="line 1: kind must be one of reply, session"):
        read(file)
