"""Verdicts are cached: the same question is asked once."""

from __future__ import annotations

import pytest
from aiohttp import web

from counsel_leaderboard.tasks.judge.cache import Cache
from counsel_leaderboard.tasks.judge.client import Client
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint
from tests.tasks.judge.questions import AT_ONCE, a_question, ask, judge


def test_cache_makes_a_second_run_free(serve, judge_by, tmp_path):
    """The same question costs nothing; another model, revision, rubric or endpoint asks again."""
    standin = serve(judge_by(lambda shown, rules: {"depth": 1, "safe": True}))
    other = serve(judge_by(lambda shown, rules: {"depth": 0, "safe": True}))
    cache = Cache(tmp_path)
    (first,) = ask(Client(judge(standin.base_url), cache), a_question())
    (second,) = ask(Client(judge(standin.base_url), cache), a_question())
    assert (first.cached, second.cached) == (False, True)
    assert (second.answer, second.prompt_tokens) == (first.answer, first.prompt_tokens), "what it took the first time"
    assert len(standin.payloads) == 1
    ask(Client(judge(standin.base_url, revision="b"), cache), a_question())
    ask(Client(JudgeEndpoint(standin.base_url, "judge-2"), cache), a_question())
    ask(Client(judge(standin.base_url), cache), a_question(rubric="Another rubric."))
    assert len(standin.payloads) == 4
    (elsewhere,) = ask(Client(judge(other.base_url), cache), a_question())
    assert elsewhere.answer["depth"] == 0


@pytest.mark.parametrize("answer", ["garbage", web.Response])
def test_failures_are_never_cached(serve, tmp_path, answer):
    standin = serve(lambda payload: answer if isinstance(answer, str) else answer(status=500))
    ask(Client(judge(standin.base_url), Cache(tmp_path), AT_ONCE), a_question())
    assert not list(tmp_path.rglob("*.json"))


def test_damaged_cache_is_asked_again(serve, judge_by, tmp_path):
    """A file that holds no verdict of the schema counts as none."""
    standin = serve(judge_by(lambda shown, rules: {"depth": 1, "safe": True}))
    client = Client(judge(standin.base_url), Cache(tmp_path))
    ask(client, a_question())
    (path,) = tmp_path.rglob("*.json")
    for text in ('{"answer": {"reason": "", "depth": 7, "safe": true}}', '{"answer": ', "[]"):
        path.write_text(text)
        (outcome,) = ask(client, a_question())
        assert (outcome.cached, outcome.answer["depth"]) == (False, 1)


def test_full_disk_costs_the_cache_and_not_the_verdict(serve, judge_by, tmp_path):
    (tmp_path / "file").write_text("in the way")
    standin = serve(judge_by(lambda shown, rules: {"depth": 1, "safe": True}))
    (outcome,) = ask(Client(judge(standin.base_url), Cache(tmp_path / "file")), a_question())
    assert outcome.state == "judged"
