"""Reading a verdict from the judge's answer: its one JSON object, or nothing."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from counsel_leaderboard.registry.chat.answers import storable as storable_text
from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.judge.prompts import TICKET, Question

MAX_CHARACTERS = 32_000
MAX_BRACES = 200
MAX_TEXT = 1000
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|\\')


class UnreadableError(ValueError):
    """The judge's answer holds no valid verdict; the message is shown to the judge with the request to try again."""


def read(text: str, question: Question, *, partial: bool = False) -> dict[str, Any]:
    """The judge's verdict, without its ticket. Raises UnreadableError if there is none or a field breaks its rule.

    partial: fields that are missing or break their rule are left out instead, as long as one is left.
    The answer's one object must be the verdict: where a judge also repeats an object of the judged text, it is asked again.
    """
    answer = clean(text).text
    if len(answer) > MAX_CHARACTERS:
        raise UnreadableError(f"your answer has more than {MAX_CHARACTERS} characters")
    objects = list(json_objects(answer))
    if not objects:
        raise UnreadableError("there is no complete JSON object in your answer")
    if not any(entry.get(TICKET) == question.ticket for entry in objects):
        raise UnreadableError(f'no JSON object in your answer carries the "{TICKET}" that was given')
    if len(objects) > 1:
        raise UnreadableError(f"there are {len(objects)} JSON objects in your answer; give exactly one")
    return readable(objects[0], question.schema) if partial else checked(objects[0], question.schema)


def json_objects(text: str) -> Iterator[dict[str, Any]]:
    """Every outermost JSON object in a text, whatever surrounds it; its strings may hold line breaks and stray backslashes."""
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_without_repeats)
    text = _ESCAPE.sub(lambda match: match[0] if len(match[0]) > 1 else "\\\\", text)
    start = text.find("{")
    for _ in range(MAX_BRACES):
        if start < 0:
            return
        try:
            value, end = decoder.raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError):
            end = start + 1
        else:
            yield value
        start = text.find("{", end)
    if start >= 0:
        raise UnreadableError(f"there is no complete JSON object in your answer, and more than {MAX_BRACES} braces")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise UnreadableError("a key stands twice in a JSON object of your answer")
    return fields


def checked(answer: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the schema, each of which keeps its rule, without the ticket and without fields not asked for."""
    rules = {name: rule for name, rule in schema["properties"].items() if name != TICKET}
    for name, rule in rules.items():
        if name not in answer:
            raise UnreadableError(f'"{name}" is missing')
        if not fits(answer[name], rule):
            allowed = f"one of {rule['enum']}" if "enum" in rule else f"a {rule['type']}"
            raise UnreadableError(f'"{name}" must be {allowed}')
    return {name: storable(answer[name]) for name in rules}


def readable(answer: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """As `checked`, without the fields that are missing or break their rule. Raises UnreadableError where none is left."""
    rules = {name: rule for name, rule in schema["properties"].items() if name not in (TICKET, "reason")}
    left = {name: storable(answer[name]) for name, rule in rules.items() if name in answer and fits(answer[name], rule)}
    if not left:
        raise UnreadableError(f"none of {', '.join(rules)} can be read")
    return left


def storable(value: Any) -> Any:
    """A text as a record may hold it, see `registry.chat.answers.storable`, cut at MAX_TEXT; other values are unchanged."""
    return storable_text(value)[:MAX_TEXT] if isinstance(value, str) else value


def fits(value: Any, rule: Mapping[str, Any]) -> bool:
    """True if the value has the rule's type and is one of its choices; a boolean does not count as a number."""
    kinds: dict[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "boolean": (bool,)}
    if not isinstance(value, kinds[rule["type"]]) or (isinstance(value, bool) and rule["type"] != "boolean"):
        return False
    if isinstance(value, float) and not math.isfinite(value):
        return False
    return "enum" not in rule or value in rule["enum"]
