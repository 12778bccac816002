"""Judging inside lm_eval: a filter that never raises, and its progress."""

from __future__ import annotations

import json
from pathlib import Path

from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.judge.judging import JudgeFilter
from counsel_leaderboard.tasks.judge.plan import JudgingPlan
from tests.tasks.judge.questions import judge


def broken(doc, reply):
    """The views of a plan with a bug."""
    raise KeyError("said")


BROKEN = JudgingPlan(Path(__file__), broken, {})


def test_filter_never_raises():
    """A bug in judging leaves the replies unjudged and says so; the generated answers are kept."""
    (verdict,) = JudgeFilter("t", BROKEN, judge("http://127.0.0.1:9/v1")).apply([["Hello."]], [{}])
    assert json.loads(verdict)["state"] == "unjudged"
    assert json.loads(verdict)["errors"] == ["judging stopped: KeyError"]


def test_states_without_a_judge():
    """Nothing is asked about replies that are not there; without a judge the others stay unjudged."""
    verdicts = JudgeFilter("t", BROKEN, None).apply([["Hello."], [""], [NOT_GENERATED], ["<think>"]], [{}] * 4)
    assert [json.loads(text)["state"] for text in verdicts] == ["unjudged", "empty", "failed", "truncated"]
    assert clean("Hello.").text not in verdicts[0]


def test_progress_says_how_far(capsys, monkeypatch):
    from counsel_leaderboard.tasks.judge.client import CallOutcome
    from counsel_leaderboard.tasks.judge.judging import JudgingProgress

    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    progress = JudgingProgress("counsel_psyllm", 2)
    now[0] += 10
    progress.add(CallOutcome("judged", {}, prompt_tokens=5))
    progress.add(CallOutcome("unread"))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "judged 1/2 calls of counsel_psyllm, 0 without verdict, 10 s, about 10 s left"
    assert lines[1] == "judged 2/2 calls of counsel_psyllm, 1 without verdict, 10 s, about 0 s left"
    assert progress.totals()["prompt_tokens"] == 5


def test_token_counts_that_are_none_are_named(capsys):
    from counsel_leaderboard.tasks.judge.client import CallOutcome
    from counsel_leaderboard.tasks.judge.judging import JudgingProgress

    progress = JudgingProgress("counsel_psyllm", 2)
    progress.add(CallOutcome("judged", {}, odd_usage=True))
    progress.add(CallOutcome("judged", {}, prompt_tokens=5))
    progress.report_losses({})
    assert "in 1 answers the judge's token counts (usage) are no counts" in capsys.readouterr().err
    assert progress.totals()["odd_usage"] == 1
    assert "odd_usage" not in JudgingProgress("counsel_psyllm", 2).totals()
