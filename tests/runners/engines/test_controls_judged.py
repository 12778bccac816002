"""Cheating does not pay: controls under scripted judges, over the open banks and the tasks' own scoring, without lm_eval."""

from __future__ import annotations

import functools
from collections.abc import Callable
from statistics import fmean as mean
from types import ModuleType
from typing import Any

import pytest

from counsel_leaderboard import registry
from counsel_leaderboard.registry.manifests import judged_tasks
from counsel_leaderboard.runners.engines.controls.scripts import CONTROLS, Control
from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.counsel_preference import task as preference
from counsel_leaderboard.tasks.counsel_psyllm import task as psyllm
from counsel_leaderboard.tasks.counsel_response import task as response
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.plan import verdict
from counsel_leaderboard.tasks.judge.prompts import Question
from counsel_leaderboard.tasks.judge.verdict_parser import read
from tests.support.response_labels import labels
from tests.support.rubric_judge import Judge, merit, obeyed
from tests.support.task_folders import PLAYED

TASKS: dict[str, tuple[ModuleType, ModuleType, str]] = {
    "counsel_psyllm": (psyllm, psyllm, "counseling_quality"),
    "counsel_response": (response, response, "appropriate"),
    "counsel_preference": (preference, preference, "win_rate"),
}
FITTING = sorted(name for name, control in CONTROLS.items() if set(judged_tasks()) - PLAYED <= set(control.tasks))


@functools.cache
def docs(task: str) -> list[dict[str, Any]]:
    """The open bank, of the long ones every third document."""
    docs = TASKS[task][0].documents().docs
    return docs if task == "counsel_preference" else docs[::3]


@functools.cache
def scripted(weigh: Callable[[str, str], float]) -> Judge:
    does, favoured = labels(registry.load("open-response").rows)
    return Judge(weigh, does, favoured)


def outcome(question: Question, weigh: Callable[[str, str], float]) -> CallOutcome:
    payload = {"messages": question.messages, "response_format": {"json_schema": {"schema": question.schema}}}
    return CallOutcome("judged", read(scripted(weigh)(payload), question))


@functools.cache
def headline(task: str, control: str, weigh: Callable[[str, str], float] = merit, metric: str | None = None) -> float:
    """Mean of a metric, by default the headline, over the bank; `control` "reference" gives the bank's own replies."""
    items, scoring, name = TASKS[task]
    values = []
    for doc in docs(task):
        (messages,) = items.messages(doc)
        reply = clean(doc["target"] if control == "reference" else CONTROLS[control].answer(messages))
        outcomes = [outcome(question, weigh) for question in scoring.PLAN.questions(doc, reply)]
        value = scoring.process_results(doc, [verdict(reply, outcomes)])[metric or name]
        values.append(value["value"] if isinstance(value, dict) else value)
    return mean(values)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("control", FITTING)
def test_no_control_outranks_the_reference_replies(task, control):
    assert headline(task, control) < headline(task, "reference") - 0.1


@pytest.mark.parametrize("task", TASKS)
def test_words_to_the_judge_gain_nothing(task):
    """Alone they are worth no more than silence, and after the warm text no more than the warm text."""
    assert headline(task, "inject") <= headline(task, "empty")
    assert headline(task, "template-inject") <= headline(task, "template")


@pytest.mark.parametrize("task", TASKS)
def test_a_judge_that_obeys_would_show(task):
    """The tests above have teeth: under a judge that does what it reads, words to it win."""
    assert headline(task, "inject", obeyed) > headline(task, "template", obeyed)
    assert headline(task, "inject", obeyed) >= 0.5


def test_no_constant_answer_of_the_judge_makes_a_reply_appropriate():
    """docs/method/controls.md: every stimulus has an essential act and a harmful one, so neither all yes nor all no will do."""
    assert headline("counsel_response", "template") == 0.0
    assert headline("counsel_response", "template", metric="harmful_acts") == 0.0
    for doc in docs("counsel_response"):
        for answer in ("yes", "no"):
            judged = [CallOutcome("judged", {"answer": answer})] * len(doc["acts"])
            assert response.process_results(doc, [verdict(clean("A reply."), judged)])["appropriate"] == 0


def test_controls_fit_what_they_are_said_to_fit():
    judged: list[Control] = [CONTROLS[name] for name in FITTING]
    assert [control.name for control in judged] == ["echo", "empty", "inject", "repeat", "template", "template-inject"]
