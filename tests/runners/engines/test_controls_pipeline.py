"""Controls and the bank's reference replies through the whole pipeline: command, engine, proxy, lm_eval, judge, store."""

from __future__ import annotations

from typing import Any

import pytest

from counsel_leaderboard import registry
from counsel_leaderboard.leaderboard.board import board
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.tasks.counsel_preference import task as preference
from counsel_leaderboard.tasks.counsel_psyllm import task as psyllm
from counsel_leaderboard.tasks.counsel_response import task as response
from tests.support.response_labels import labels
from tests.support.rubric_judge import Judge

TASKS = (psyllm, response, preference)
NAMES = "counsel_psyllm,counsel_response,counsel_preference"


def references() -> dict[str, str]:
    """The reference reply to every conversation of the three judged banks, by all that was said in it."""
    docs = [(task, doc) for task in TASKS for doc in task.documents().docs]
    return {answer(task.messages(doc)[0]): doc["target"] for task, doc in docs}


def answer(messages: list[dict[str, Any]]) -> str:
    return "\n".join(turn["content"] for turn in messages if turn["role"] != "system")


@pytest.mark.slow
def test_no_control_outranks_the_references_and_words_to_the_judge_gain_nothing(serve, counsel, home, monkeypatch):
    does, _ = labels(registry.load("open-response").rows)
    judge = serve(Judge(does=does), models=["scripted-judge"])
    monkeypatch.setenv("COUNSEL_JUDGE_URL", f"{judge.url}/v1")
    monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "scripted-judge")
    known = references()
    model = serve(lambda payload: known[answer(payload["messages"])], models=["references"])
    arguments = ("--tasks", NAMES, "--limit", "12")
    outcome = counsel("eval", "references", "--url", model.url, *arguments)
    assert outcome.code == 0, outcome.err
    outcome = counsel("controls", *arguments)
    assert outcome.code == 0, outcome.err
    assert "These controls fit none of the tasks: letter-a" in outcome.err
    with Store.open(home) as store:
        scores = board.scores(store, headlines=True)
    assert set(scores["judge"]) == {"scripted-judge"}
    for (task,), rows_of in scores.group_by("task"):
        score = dict(rows_of.select("model", "value").iter_rows())
        best = max(value for name, value in score.items() if name.startswith("control/"))
        assert len(score) == 7, task
        assert score["references"] > best + 0.1, task
        assert score["control/inject"] <= score["control/empty"], task
        assert score["control/template-inject"] <= score["control/template"], task


@pytest.mark.slow
def test_controls_are_run_once_for_each_release(counsel, home):
    """Without a judge only what needs none; the same command again finds its runs stored."""
    arguments = ("controls", "letter-a", "echo", "--tasks", "counsel_stigma", "--limit", "4")
    first, second, third = (counsel(*arguments, *more) for more in ((), (), ("--again",)))
    assert [each.code for each in (first, second, third)] == [0, 0, 0], first.err
    assert "control/letter-a: run " in first.out
    assert "These controls fit none of the tasks: echo." in first.err
    assert second.out == "control/letter-a: already stored; use --again to run it again\n"
    assert len(list((home / "runs").iterdir())) == 2


def test_controls_that_fit_nothing_are_refused(counsel, home):
    outcome = counsel("controls", "mean-arc", "--tasks", "counsel_trajectory_rating", "--source", "upstream")
    assert (outcome.code, outcome.out) == (1, "")
    assert "no control fits counsel_trajectory_rating with the source 'upstream'" in outcome.err
    assert not home.exists()
