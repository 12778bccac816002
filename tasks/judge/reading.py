"""Reading a verdict out of what the judge wrote: its own last JSON object, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from counsel_leaderboard.registry.scoring.answers import clean
from counsel_leaderboard.tasks.judge.prompts import TICKET, Question


class UnreadableError(ValueError):
    """What the judge wrote holds no verdict that fits; the message is shown to the judge with the request to try again."""


def read(text: str, question: Question) -> dict[str, Any]:
    """The judge's verdict, without its ticket. Raises UnreadableError where there is none, or a field is outside its rule."""
    objects = list(json_objects(clean(text).text))
    if not objects:
        raise UnreadableError("there is no complete JSON object in your answer")
    own = [found for found in objects if found.get(TICKET) == question.ticket]
    if not own:
        raise UnreadableError(f'no JSON object in your answer carries the "{TICKET}" that was given')
    return checked(own[-1], question.schema)


def json_objects(text: str) -> Iterator[dict[str, Any]]:
    """Every outermost JSON object of a text, whatever stands around it."""
    decoder = json.JSONDecoder()
    place = text.find("{")
    while place >= 0:
        try:
            found, end = decoder.raw_decode(text, place)
        except (json.JSONDecodeError, RecursionError):
            end = place + 1
        else:
            if isinstance(found, dict):
                yield found
        place = text.find("{", end)


def checked(found: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the schema, each inside its rule; the ticket is left out, fields that were not asked for too."""
    rules = {name: rule for name, rule in schema["properties"].items() if name != TICKET}
    for name, rule in rules.items():
        if name not in found:
            raise UnreadableError(f'"{name}" is missing')
        if not fits(found[name], rule):
            allowed = f"one of {rule['enum']}" if "enum" in rule else f"a {rule['type']}"
            raise UnreadableError(f'"{name}" must be {allowed}')
    # JSON may spell half of a surrogate pair, which no file can hold.
    return {name: storable(found[name]) for name in rules}


def storable(value: Any) -> Any:
    """A text without halves of surrogate pairs; any other value as it is."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def fits(found: Any, rule: Mapping[str, Any]) -> bool:
    """True if a value has the type of the rule and is among its choices; a truth value is not a number here."""
    kinds: dict[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "boolean": (bool,)}
    if not isinstance(found, kinds[rule["type"]]) or (isinstance(found, bool) and rule["type"] != "boolean"):
        return False
    return "enum" not in rule or found in rule["enum"]
