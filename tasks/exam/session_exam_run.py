"""One judge takes the exam of whole sessions: the estimated cost, its ratings, and the two files in which they are stored."""

from __future__ import annotations

import hashlib
import json
from itertools import islice
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.tasks.counsel_ctrs import task as ctrs
from counsel_leaderboard.tasks.counsel_session import task as alliance
from counsel_leaderboard.tasks.exam.judge_calls import report_and_ask
from counsel_leaderboard.tasks.exam.session_bank import SessionToRate, read_bank, sessions_to_rate
from counsel_leaderboard.tasks.exam.session_ratings import SessionExamTask, frame
from counsel_leaderboard.tasks.exam.transforms import load
from counsel_leaderboard.tasks.judge.judging import identity
from counsel_leaderboard.tasks.judge.settings import HOW, JudgeEndpoint, JudgeError

RECORD, RATINGS = "session_exam.json", "session_ratings.jsonl"
TASKS: Final = (
    SessionExamTask(alliance.NAME, alliance.PLAN, alliance.process_results, "alliance", 0.0, 1.0),
    SessionExamTask(ctrs.NAME, ctrs.PLAN, ctrs.process_results, "cbt_acts", 0.0, 66.0),
)


def run_session_exam(folder: Path, judge: JudgeEndpoint | None, cost_only: bool = False, sessions: int | None = None) -> None:
    """Report what the exam will cost, then ask `judge` and write `session_exam.json` and `session_ratings.jsonl` into `folder`.

    Verdicts are cached as they arrive, so an interrupted exam continues where it stopped. `cost_only`: only report the cost.
    `sessions`: the short form, with the first sessions of the bank. Raises JudgeError if there is no judge or a call did not
    reach it.
    """
    if judge is None:
        raise JudgeError(f"an exam needs a judge. {HOW}.")
    bank, transforms = read_bank(), load()
    shown = sessions_to_rate(sorted(bank, key=lambda each: each.id)[:sessions], transforms)
    asked = [(task, each, task.questions(each)) for task in TASKS for each in shown]
    questions = [question for _, _, own in asked for question in own]
    answers = report_and_ask("exam of sessions", questions, judge, cost_only=cost_only)
    if answers is None:
        return
    outcomes = iter(answers)
    rows: dict[str, list[Any]] = {task.name: [] for task in TASKS}
    for task, each, own in asked:
        rows[task.name].append((each, task.rating(each, list(islice(outcomes, len(own))))))
    folder.mkdir(parents=True, exist_ok=True)
    table = [row for name, rated in rows.items() for row in frame(name, rated).to_dicts()]
    atomic.write(folder / RATINGS, "".join(json.dumps(row) + "\n" for row in table))
    atomic.write(folder / RECORD, json.dumps(record(judge, shown, whole=sessions is None), indent=1) + "\n")


def record(judge: JudgeEndpoint, shown: list[SessionToRate], *, whole: bool) -> dict[str, Any]:
    """The judge, the rubrics and the fingerprint of the sessions. `whole`: whether every session was shown."""
    named = {task.name: identity(judge, task.plan) for task in TASKS}
    texts = "".join(f"{each.item}\n{each.transcript.model_dump_json()}\n" for each in shown)
    return {
        "model": judge.model,
        "revision": judge.revision,
        "prompt_version": named[alliance.NAME]["prompt_version"],
        "rubrics": {task: judging["rubric"] for task, judging in named.items()},
        "bank": "sha256:" + hashlib.sha256(texts.encode()).hexdigest(),
        "whole": whole,
    }
