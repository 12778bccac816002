"""One judge sits the exam: what it will cost, its answers, and the two files that keep them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

from counsel_leaderboard import registry
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.paths import cache
from counsel_leaderboard.registry.sources.loading import Loaded
from counsel_leaderboard.tasks.exam.asking import ask, tell_cost
from counsel_leaderboard.tasks.exam.exam_questions import PARTS, Entry, sheet
from counsel_leaderboard.tasks.exam.subjects import plans
from counsel_leaderboard.tasks.exam.transforms import Transforms, load
from counsel_leaderboard.tasks.judge.cache import Cache
from counsel_leaderboard.tasks.judge.client import Client, Outcome
from counsel_leaderboard.tasks.judge.judging import identity
from counsel_leaderboard.tasks.judge.settings import HOW, Judge, JudgeError

BANK = "open-judge-exam"
EXAM_VERSION = "2"
"""Changes whenever the sheet does, or what a verdict is worth."""
RECORD, OUTCOMES = "exam.json", "outcomes.jsonl"


def sit(folder: Path, judge: Judge | None, dry: bool = False, parts: Mapping[str, int] | None = None) -> None:
    """Say what the exam will cost, then ask `judge` and write `exam.json` and `outcomes.jsonl` into `folder`.

    Verdicts are kept as they come, so a sitting that was interrupted goes on where it stopped. `dry`: only say the cost.
    `parts`: by task, how many of the PARTS are asked; the other calls are written as not asked. None: all.
    Raises JudgeError without a judge, or where it could not be reached for any call.
    """
    if judge is None:
        raise JudgeError(f"an exam needs a judge. {HOW}.")
    bank, transforms = registry.load(BANK), load()
    entries = sheet(bank.rows, transforms)
    asked = [parts is None or entry.part <= parts.get(entry.task, PARTS) for entry in entries]
    client = Client(judge, Cache(cache() / "judge"))
    tell_cost("exam", [entry.question for entry in entries], client)
    if dry:
        return
    answers = iter(ask("the exam", [entry.question for entry in compress(entries, asked)], client))
    outcomes = [next(answers) if one else None for one in asked]
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write(folder / OUTCOMES, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines(entries, outcomes)))
    atomic.write(folder / RECORD, json.dumps(record(judge, bank, transforms, entries, outcomes), indent=1) + "\n")


def lines(entries: Sequence[Entry], outcomes: Sequence[Outcome | None]) -> list[dict[str, Any]]:
    """One line a call: what was asked, what came of it, and `value`, its mark from 0 to 1, null without a verdict.

    An outcome of None: not asked.
    """
    return [
        {
            **entry.about(),
            "state": outcome.state if outcome else "unasked",
            "value": entry.mark(outcome.answer) if outcome and outcome.answer is not None else None,
            "answer": outcome.answer if outcome else None,
            "error": outcome.error if outcome else None,
        }
        for entry, outcome in zip(entries, outcomes, strict=True)
    ]


def record(
    judge: Judge, bank: Loaded, transforms: Transforms, entries: Sequence[Entry], outcomes: Sequence[Outcome | None]
) -> dict[str, Any]:
    """Who sat which exam: everything that a card must name, and what its verdicts cost, in whichever sitting."""
    rubrics: Mapping[str, Any] = {task: identity(judge, plan) for task, plan in plans().items()}
    first = next(iter(rubrics.values()))
    had = [outcome for outcome in outcomes if outcome]
    asked = Counter(entry.task for entry, outcome in zip(entries, outcomes, strict=True) if outcome)
    return {
        "exam_version": EXAM_VERSION,
        "model": judge.model,
        "revision": judge.revision,
        "url_host": judge.host,
        "prompt_version": first["prompt_version"],
        "rubrics": {task: each["rubric"] for task, each in rubrics.items()},
        "bank": {"name": bank.name, "fingerprint": bank.fingerprint, "transforms": transforms.sha256},
        "whole": Counter(entry.task for entry in entries),
        "asked": {task: asked[task] for task in rubrics},
        "cached": sum(outcome.cached for outcome in had),
        "unread": sum(outcome.state == "unread" for outcome in had),
        "prompt_tokens": sum(outcome.prompt_tokens for outcome in had),
        "completion_tokens": sum(outcome.completion_tokens for outcome in had),
    }
