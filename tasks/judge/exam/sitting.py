"""One judge sits the exam: what it will cost, its answers, and the two files that keep them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import registry
from registry.loading import Loaded
from registry.paths import cache
from tasks.judge.cache import Cache
from tasks.judge.client import MAX_TOKENS, Client, Outcome
from tasks.judge.exam.sheet import PLANS, Entry, picked, sheet
from tasks.judge.exam.transforms import Transforms, load
from tasks.judge.judging import Progress, identity
from tasks.judge.rejudge import replace
from tasks.judge.settings import HOW, Judge, JudgeError

BANK = "open-judge-exam"
EXAM_VERSION = "1"
"""Changes whenever the sheet does, or what a verdict is worth."""
RECORD, OUTCOMES = "exam.json", "outcomes.jsonl"
CHARACTERS_PER_TOKEN = 4.0
REASON_TOKENS = 110
"""A verdict is mostly its reason, 400 characters at most."""


def sit(folder: Path, judge: Judge | None, dry: bool = False, pairs: int | None = None) -> None:
    """Say on stderr what the exam will cost, then ask `judge` and write `exam.json` and `outcomes.jsonl` into `folder`.

    Verdicts are kept as they come, so a sitting that was interrupted goes on where it stopped. `dry`: only say the cost.
    `pairs`: a sample of so many pairs a flaw, marked as one.
    Raises JudgeError without a judge, or where it could not be reached for any call.
    """
    if judge is None:
        raise JudgeError(f"an exam needs a judge. {HOW}.")
    bank, transforms = registry.load(BANK), load()
    entries = sheet(bank.rows if pairs is None else picked(bank.rows, "sample", pairs), transforms)
    client = Client(judge, Cache(cache() / "judge"))
    print(cost(entries, client), file=sys.stderr, flush=True)
    if dry:
        return
    progress = Progress("the exam", len(entries))
    outcomes = asyncio.run(client.ask([entry.question for entry in entries], progress.add))
    if progress.counts["unreached"]:
        lost = f"{progress.counts['unreached']} of {len(entries)} calls"
        raise JudgeError(
            f"the judge at {judge.host} could not be reached for {lost}. Look after it and run the same command again: the "
            "verdicts so far are kept."
        )
    folder.mkdir(parents=True, exist_ok=True)
    replace(folder / OUTCOMES, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines(entries, outcomes)))
    replace(folder / RECORD, json.dumps(record(judge, bank, transforms, progress, pairs), indent=1) + "\n")


def cost(entries: Sequence[Entry], client: Client) -> str:
    """One line: calls, and an estimate of the tokens that they will take."""
    fresh = [entry for entry in entries if client.kept(entry.question) is None]
    characters = sum(len(message["content"]) for entry in fresh for message in entry.question.messages)
    read, written = round(characters / CHARACTERS_PER_TOKEN), len(fresh) * REASON_TOKENS
    return (
        f"exam of {len(entries)} calls, {len(entries) - len(fresh)} of them answered before: about {read:,} tokens to read and "
        f"{written:,} to write (estimated from {CHARACTERS_PER_TOKEN:g} characters a token; at most {MAX_TOKENS} a verdict)"
    )


def lines(entries: Sequence[Entry], outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """One line a call: what was asked, what came of it, and `value`, its mark from 0 to 1, null without a verdict."""
    return [
        {
            **entry.about(),
            "state": outcome.state,
            "value": entry.mark(outcome.answer) if outcome.answer is not None else None,
            "answer": outcome.answer,
            "error": outcome.error,
        }
        for entry, outcome in zip(entries, outcomes, strict=True)
    ]


def record(judge: Judge, bank: Loaded, transforms: Transforms, progress: Progress, pairs: int | None = None) -> dict[str, Any]:
    """Who sat which exam: everything that a card must name, and what it cost."""
    rubrics: Mapping[str, Any] = {task: identity(judge, plan) for task, plan in PLANS.items()}
    first = next(iter(rubrics.values()))
    return {
        "exam_version": EXAM_VERSION,
        "model": judge.model,
        "revision": judge.revision,
        "url_host": judge.host,
        "prompt_version": first["prompt_version"],
        "rubrics": {task: each["rubric"] for task, each in rubrics.items()},
        "bank": {"name": bank.name, "fingerprint": bank.fingerprint, "transforms": transforms.sha256},
        "pairs": pairs,
        **progress.totals(),
    }
