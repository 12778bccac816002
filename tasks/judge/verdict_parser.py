"""Reading a verdict from the judge's answer: its own last JSON object, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.judge.prompts import TICKET, Question


class UnreadableError(ValueError):
    """The judge's answer holds no valid verdict; the message is shown to the judge with the request to try again."""


def read(text: str, question: Question) -> dict[str, Any]:
    """The judge's verdict, without its ticket. Raises UnreadableError if there is none or a field breaks its rule."""
    objects = list(json_objects(clean(text).text))
    if not objects:
        raise UnreadableError("there is no complete JSON object in your answer")
    own = [entry for entry in objects if entry.get(TICKET) == question.ticket]
    if not own:
        raise UnreadableError(f'no JSON object in your answer carries the "{TICKET}" that was given')
    return checked(own[-1], question.schema)


def json_objects(text: str) -> Iterator[dict[str, Any]]:
    """Every outermost JSON object in a text, whatever surrounds it."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            value, end = decoder.raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError):
            end = start + 1
        else:
            if isinstance(value, dict):
                yield value
        start = text.find("{", end)


def checked(answer: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the schema, each of which keeps its rule, without the ticket and without fields not asked for."""
    rules = {name: rule for name, rule in schema["properties"].items() if name != TICKET}
    for name, rule in rules.items():
        if name not in answer:
            raise UnreadableError(f'"{name}" is missing')
        if not fits(answer[name], rule):
            allowed = f"one of {rule['enum']}" if "enum" in rule else f"a {rule['type']}"
            raise UnreadableError(f'"{name}" must be {allowed}')
    # JSON can contain half of a surrogate pair, which no UTF-8 file can hold.
    return {name: storable(answer[name]) for name in rules}


def storable(value: Any) -> Any:
    """A text without halves of surrogate pairs; other values are unchanged."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def fits(value: Any, rule: Mapping[str, Any]) -> bool:
    """True if the value has the rule's type and is one of its choices; a boolean does not count as a number."""
    kinds: dict[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "boolean": (bool,)}
    if not isinstance(value, kinds[rule["type"]]) or (isinstance(value, bool) and rule["type"] != "boolean"):
        return False
    return "enum" not in rule or value in rule["enum"]
