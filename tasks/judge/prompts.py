"""The judge's prompts. Judged texts are data: they are fenced and can neither close their fence nor sign a verdict."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counsel_leaderboard.registry.common.installation_key import code
from counsel_leaderboard.tasks.judge.fence import fenced

PROMPT_VERSION = "4"
"""Changes whenever the wording around the rubric and the texts changes."""

SYSTEM = Path(__file__).with_name("system.md")
TICKET = "ticket"
TICKET_SHAPE = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
REASON = {"type": "string", "maxLength": 240}


@dataclass(frozen=True)
class PromptPart:
    """One text shown to the judge under a heading; `quoted` texts come from a dataset or a model and are fenced.

    `context`: other calls show this text or its beginning too, so it has the same fence in all of them, and a server with a
    prefix cache reads it only once.
    """

    heading: str
    text: str
    quoted: bool = True
    context: bool = False


@dataclass(frozen=True)
class Question:
    """One call to the judge: its messages, the JSON schema of the verdict, and the ticket that the verdict must carry.

    The ticket follows from everything shown and from this installation's key, so the writer of a judged text cannot know it,
    and a verdict inside such a text is never taken for the judge's own. The schema does not hold it: all calls share one
    grammar. `repeat` distinguishes a repeated question from the first, so that the cache cannot answer it. `partial`:
    fields that a second answer lacks are left out of its verdict. `tokens`: what an answer may need where that is more than
    usual.
    """

    messages: tuple[Mapping[str, str], ...]
    schema: Mapping[str, Any]
    ticket: str
    repeat: int = 0
    partial: bool = False
    tokens: int = 0


def question(rubric: str, parts: tuple[PromptPart, ...], fields: Mapping[str, Any]) -> Question:
    """The call that asks for `fields` (name -> JSON schema) under `rubric` about `parts`, a reason before them."""
    shown = json.dumps([rubric, [(part.heading, part.text) for part in parts], list(fields)], ensure_ascii=False)
    ticket, shared = code("ticket", shown), code("context", rubric)
    body = "\n\n".join(f"## {part.heading}\n{fenced_text(part, shared if part.context else ticket)}" for part in parts)
    names = ", ".join(f'"{name}"' for name in (TICKET, "reason", *fields))
    ask = f'## Your verdict\nAnswer with one JSON object with the keys {names}. Its "{TICKET}" is "{ticket}".'
    system = f"{SYSTEM.read_text(encoding='utf-8').strip()}\n\n{rubric.strip()}"
    messages = ({"role": "system", "content": system}, {"role": "user", "content": f"{body}\n\n{ask}"})
    return Question(messages, schema(fields), ticket)


def schema(fields: Mapping[str, Any]) -> dict[str, Any]:
    """JSON schema of a verdict: a ticket, a short reason, then the fields, in this order and all required."""
    properties = {TICKET: TICKET_SHAPE, "reason": REASON, **fields}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def fenced_text(part: PromptPart, code: str) -> str:
    """The part's text, fenced with `code` if it is quoted."""
    return fenced(part.text, code) if part.quoted else part.text


def scale(top: float, step: float) -> dict[str, Any]:
    """JSON schema of a score from 0 to `top` in steps of `step`."""
    count = round(top / step)
    return {"type": "number", "enum": [int_if_whole(index * step) for index in range(count + 1)]}


def int_if_whole(number: float) -> float | int:
    """Whole numbers as integers (1.0 as 1), so that a grammar made from the schema accepts the form that judges write."""
    return int(number) if number == int(number) else number


def rubric_hash(rubric: str) -> str:
    """The sha256 of the system text and the rubric: everything in the prompt that does not depend on the item."""
    system = SYSTEM.read_text(encoding="utf-8").strip()
    return "sha256:" + hashlib.sha256(f"{system}\n\n{rubric.strip()}".encode()).hexdigest()
