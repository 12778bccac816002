"""Lists the items of a finished run that did not fit the model's context, by task and item."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from counsel_leaderboard.leaderboard.runs.read import GENERATION_FILE, read
from counsel_leaderboard.runners.harness.context_window import Context, TooLong, digest

NAMED = 5


def record(folder: Path, context: Context, too_long: Sequence[TooLong]) -> dict[str, Any]:
    """The context length of the run in `folder`, and each item that did not fit with its token counts, as JSON values."""
    known = {entry.digest: entry for entry in too_long}
    items = [
        {
            "task": task.name,
            "item": sample.doc.id,
            "prompt_tokens": known[digest(prompt)].prompt_tokens,
            "answer_tokens": known[digest(prompt)].answer_tokens,
        }
        for task in (read(folder).tasks if known else ())
        for sample in task.samples
        for prompt in sample.prompts() or ()
        if digest(prompt) in known
    ]
    return {"context": {"length": context.length, "counted": context.counted}, "too_long": items}


def overflow_message(folder: Path) -> str:
    """A message about the run in `folder`: items that do not fit, or that the context is unknown; "" if all fit."""
    generation = json.loads((folder / GENERATION_FILE).read_text(encoding="utf-8"))
    length, items = generation["context"]["length"], generation["too_long"]
    if length is None:
        return "The server does not say how long its context is, so prompts were not checked against it."
    if not items:
        return ""
    named = [
        f"{item['task']} {item['item']} ({item['prompt_tokens']} + {item['answer_tokens']} tokens)" for item in items[:NAMED]
    ]
    more = f" and {len(items) - NAMED} more" if len(items) > NAMED else ""
    how_many = f"{len(items)} prompts do" if len(items) > 1 else "1 prompt does"
    return (
        f"{how_many} not fit the context of {length} tokens ({generation['context']['counted']}), left unscored: "
        f"{', '.join(named)}{more}."
    )
