"""A judge's verdicts beside people's ratings of the same replies: only numbers, because the texts may not be copied."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.scoring.choices import outcome, win
from counsel_leaderboard.tasks.exam.exam_tasks import exam_tasks
from counsel_leaderboard.tasks.exam.judge_calls import report_and_ask
from counsel_leaderboard.tasks.exam.rated_replies import RatedItem, RatedReplies, number, read
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.settings import HOW, JudgeEndpoint, JudgeError

FILE_NAME = "humans.jsonl"


def judge_rated(file: Path, folder: Path, judge: JudgeEndpoint | None, cost_only: bool = False) -> None:
    """Ask `judge` about every reply of the rated set in `file`, and write `humans.jsonl` into `folder`.

    The cost is reported first; with `cost_only`, nothing else happens. Verdicts are cached as they arrive. Raises RatedError
    if the file is not a set of rated replies, JudgeError if there is no judge or any call could not reach it.
    """
    if judge is None:
        raise JudgeError(f"a comparison with people needs a judge. {HOW}.")
    rated = read(file)
    questions = [question for item in rated.items for question in item.questions]
    outcomes = report_and_ask("rated set", questions, judge, cost_only=cost_only)
    if outcomes is None:
        return
    lines = written(rated, outcomes)
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write(folder / FILE_NAME, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def written(rated: RatedReplies, outcomes: Sequence[CallOutcome]) -> Iterator[dict[str, Any]]:
    """The file's lines: the set and its cost, then each reply's ratings and verdict (null if there is none)."""
    yield {
        **rated.head.model_dump(),
        "sha256": rated.sha256,
        "raters": rated.raters,
        "calls": len(outcomes),
        "unread": sum(outcome.state == "unread" for outcome in outcomes),
        "prompt_tokens": sum(outcome.prompt_tokens for outcome in outcomes),
        "completion_tokens": sum(outcome.completion_tokens for outcome in outcomes),
    }
    remaining = iter(outcomes)
    for item in rated.items:
        yield {
            "task": item.task,
            "line": item.line,
            "cluster": item.cluster,
            "ratings": list(item.ratings.values()),
            "verdict": verdict(item, [next(remaining) for _ in item.questions]),
        }


def verdict(item: RatedItem, outcomes: Sequence[CallOutcome]) -> dict[str, float] | None:
    """The judge's score in each dimension; None if a call gave no answer. Both orders of a comparison count as in the task."""
    answers = [call.answer for call in outcomes if call.answer is not None]
    if len(answers) < len(outcomes):
        return None
    task = exam_tasks()[item.task]
    if task.pairwise:
        first, second = (answer["choice"] for answer in answers)
        return {"choice": win(outcome(first, "A"), outcome(second, "B"))}
    return {name: number(answers[0][name]) for name in task.plan.fields if name in answers[0]}
