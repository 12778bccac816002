"""Lists the items of a finished run that did not fit the model's context, by task and item."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from counsel_leaderboard.leaderboard.runs.read import GENERATION_FILE, read
from counsel_leaderboard.runners.harness.context_window import Context, TooLong, digest
from counsel_leaderboard.runners.harness.prompt_counts import PromptCount

NAMED = 5


def record(folder: Path, context: Context, too_long: Sequence[TooLong], cut: Sequence[PromptCount] = ()) -> dict[str, Any]:
    """The context length of the run in `folder`, and each item that did not fit or was probably cut, as JSON values."""
    listed: list[TooLong | PromptCount] = [*cut, *too_long]
    known = {entry.digest: entry for entry in listed}
    items = [
        (entry, {"task": task.name, "item": sample.doc.id})
        for task in (read(folder).tasks if known else ())
        for sample in task.samples
        for prompt in sample.prompts() or ()
        if (entry := known.get(digest(prompt)))
    ]
    long = [
        {**item, "prompt_tokens": entry.prompt_tokens, "answer_tokens": entry.answer_tokens}
        for entry, item in items
        if isinstance(entry, TooLong)
    ]
    shortened = [
        {**item, "prompt_tokens": entry.tokens, "bytes": entry.bytes} for entry, item in items if isinstance(entry, PromptCount)
    ]
    fits = {"context": {"length": context.length, "counted": context.counted}, "too_long": long}
    return {**fits, "cut_prompts": shortened} if shortened else fits


def overflow_message(folder: Path) -> str:
    """A message about the run in `folder`: items that do not fit or were cut, or an unknown context; "" if all fit."""
    generation = json.loads((folder / GENERATION_FILE).read_text(encoding="utf-8"))
    length, items, cut = generation["context"]["length"], generation["too_long"], generation.get("cut_prompts")
    messages = [_cut_message(cut)] if cut else []
    if length is None and not cut:
        messages.append("The server does not say how long its context is, so prompts were not checked against it.")
    if items:
        messages.append(_too_long_message(items, f"{length} tokens ({generation['context']['counted']})"))
    return "\n".join(messages)


def _cut_message(cut: list[dict[str, Any]]) -> str:
    return (
        f"The server probably cut {len(cut)} prompts without saying so: it counted at most "
        f"{max(item['prompt_tokens'] for item in cut)} tokens, too few for their length: "
        f"{_named([' '.join((item['task'], item['item'])) for item in cut])}. Serve the model with a longer context."
    )


def _too_long_message(items: list[dict[str, Any]], context: str) -> str:
    names = [f"{item['task']} {item['item']} ({item['prompt_tokens']} + {item['answer_tokens']} tokens)" for item in items]
    how_many = f"{len(items)} prompts do" if len(items) > 1 else "1 prompt does"
    return f"{how_many} not fit the context of {context}, left unscored: {_named(names)}."


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
