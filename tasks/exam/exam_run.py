"""One judge takes the exam: the estimated cost, its answers, and the two files in which they are stored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

from counsel_leaderboard import registry
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.sources.loading import Loaded
from counsel_leaderboard.tasks.exam.dialogues.questions import dialogue_entries, few
from counsel_leaderboard.tasks.exam.exam_questions import PARTS, Entry, exam_entries
from counsel_leaderboard.tasks.exam.exam_tasks import plans
from counsel_leaderboard.tasks.exam.judge_calls import ask, report_cost
from counsel_leaderboard.tasks.exam.transforms import Transforms, load
from counsel_leaderboard.tasks.judge.cache import verdict_cache
from counsel_leaderboard.tasks.judge.client import CallOutcome, Client
from counsel_leaderboard.tasks.judge.judging import identity
from counsel_leaderboard.tasks.judge.settings import HOW, JudgeEndpoint, JudgeError

BANK, DIALOGUES = "open-judge-exam", "open-judge-dialogues"
EXAM_VERSION = "3"
"""Changes whenever the questions or the scores of a verdict change."""
RECORD, OUTCOMES = "exam.json", "outcomes.jsonl"


@dataclass(frozen=True)
class ExamItems:
    """What the exam is about: the pairs of replies to one message, the dialogues, and the changes made to flawed replies."""

    pairs: Loaded
    dialogues: Loaded
    transforms: Transforms

    def entries(self) -> list[Entry]:
        """All calls, sorted by part, in an order that does not depend on the order of the rows."""
        entries = [*exam_entries(self.pairs.rows, self.transforms), *dialogue_entries(self.dialogues.rows)]
        return sorted(entries, key=lambda entry: entry.part)

    def record(self) -> dict[str, str]:
        """The name of the first bank and the hashes of all three, as a judge's card names them."""
        return {
            "name": self.pairs.name,
            "fingerprint": self.pairs.fingerprint,
            "transforms": self.transforms.sha256,
            "dialogues": self.dialogues.fingerprint,
        }


def load_items() -> ExamItems:
    """The exam as it is shipped."""
    return ExamItems(registry.load(BANK), registry.load(DIALOGUES), load())


def run_exam(
    folder: Path,
    judge: JudgeEndpoint | None,
    cost_only: bool = False,
    parts: Mapping[str, int] | None = None,
    each: int | None = None,
) -> None:
    """Report what the exam will cost, then ask `judge` and write `exam.json` and `outcomes.jsonl` into `folder`.

    Verdicts are cached as they arrive, so an interrupted exam continues where it stopped. `cost_only`: only report the cost.
    `parts`: how many of the PARTS are asked of each task; the other calls are written as not asked. None: all parts.
    `each`: the short form, which asks about so many dialogues of each flaw and nothing else.
    Raises JudgeError if there is no judge or any call could not reach it.
    """
    if judge is None:
        raise JudgeError(f"an exam needs a judge. {HOW}.")
    items = load_items()
    entries = items.entries()
    selected = [parts is None or entry.part <= parts.get(entry.task, PARTS) for entry in entries]
    if each is not None:
        taken = {row["id"] for row in few(items.dialogues.rows, each)}
        selected = [entry.item in taken for entry in entries]
    client = Client(judge, verdict_cache())
    counted = entries if each is None else compress(entries, selected)
    report_cost("exam", [entry.question for entry in counted], client)
    if cost_only:
        return
    answers = iter(ask("the exam", [entry.question for entry in compress(entries, selected)], client))
    outcomes = [next(answers) if is_selected else None for is_selected in selected]
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write(folder / OUTCOMES, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines(entries, outcomes)))
    atomic.write(folder / RECORD, json.dumps(record(judge, items, entries, outcomes), indent=1) + "\n")


def lines(entries: Sequence[Entry], outcomes: Sequence[CallOutcome | None]) -> list[dict[str, Any]]:
    """One line for each call: the question, the outcome, and `value`, its score from 0 to 1, or null without a verdict.

    An outcome is None if the call was not asked.
    """
    return [
        {
            **entry.identity(),
            "state": outcome.state if outcome else "unasked",
            "value": entry.score(outcome.answer) if outcome and outcome.answer is not None else None,
            "answer": outcome.answer if outcome else None,
            "error": outcome.error if outcome else None,
        }
        for entry, outcome in zip(entries, outcomes, strict=True)
    ]


def record(
    judge: JudgeEndpoint, items: ExamItems, entries: Sequence[Entry], outcomes: Sequence[CallOutcome | None]
) -> dict[str, Any]:
    """The judge, the exam, and everything a judge's card must name; tokens include those of cached verdicts."""
    rubrics: Mapping[str, Any] = {task: identity(judge, plan) for task, plan in plans().items()}
    first = next(iter(rubrics.values()))
    received = [outcome for outcome in outcomes if outcome]
    asked_by_task = Counter(entry.task for entry, outcome in zip(entries, outcomes, strict=True) if outcome)
    return {
        "exam_version": EXAM_VERSION,
        "model": judge.model,
        "revision": judge.revision,
        "url_host": judge.host,
        "prompt_version": first["prompt_version"],
        "rubrics": {task: judge_identity["rubric"] for task, judge_identity in rubrics.items()},
        "bank": items.record(),
        "whole": Counter(entry.task for entry in entries),
        "asked": {task: asked_by_task[task] for task in rubrics},
        "cached": sum(outcome.cached for outcome in received),
        "unread": sum(outcome.state == "unread" for outcome in received),
        "prompt_tokens": sum(outcome.prompt_tokens for outcome in received),
        "completion_tokens": sum(outcome.completion_tokens for outcome in received),
    }
