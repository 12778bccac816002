"""Asking in the form that a server names: what it refuses is left out or renamed, and remembered once that has helped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

REFUSALS: Final = frozenset((400, 404, 415, 422, 501))
MAX_STEPS: Final = 6
_REQUIRED: Final = frozenset(("model", "messages", "max_tokens", "max_completion_tokens"))

Body = dict[str, Any]


@dataclass(frozen=True)
class Adaptation:
    """What one server does not accept. `left_out`: fields that are not sent; `renamed`: the budget is `max_completion_tokens`.

    `json_object`: a constraint is sent as "any JSON object", without its schema.
    """

    left_out: frozenset[str] = frozenset()
    renamed: bool = False
    json_object: bool = False

    def apply(self, body: Mapping[str, Any]) -> Body:
        """The request as the server accepts it."""
        adapted = {name: value for name, value in body.items() if name not in self.left_out}
        if self.renamed and "max_tokens" in adapted:
            adapted["max_completion_tokens"] = adapted.pop("max_tokens")
        if self.json_object and "response_format" in adapted:
            adapted["response_format"] = {"type": "json_object"}
        return adapted

    def after(self, status: int, message: str, sent: Mapping[str, Any]) -> Adaptation | None:
        """The next form to try after a refusal of `sent`; None if the refusal names nothing that could be changed."""
        if status in REFUSALS:
            if "max_tokens" in sent and "max_completion_tokens" in message:
                return self._with(renamed=True)
            if _names(message, "response_format") and not self.json_object and "json_object" in message:
                return self._with(json_object=True)
            for name in sent:
                if name not in _REQUIRED and (_names(message, name) or (name == "stop" and _names(message, "stop_sequences"))):
                    return self._with(left_out=name)
        if "response_format" in sent and (status in REFUSALS or status == 500):
            return self._with(left_out="response_format")
        return None

    def cut_at_stops(self, asked: Mapping[str, Any], text: str) -> str:
        """The text up to the first stop sequence, where the server did not take them; else unchanged."""
        stops = asked.get("stop") if "stop" in self.left_out else None
        sequences = [stops] if isinstance(stops, str) else stops if isinstance(stops, list) else []
        ends = [end for stop in sequences if isinstance(stop, str) and stop and (end := text.find(stop)) >= 0]
        return text[: min(ends)] if ends else text

    def record(self) -> list[str]:
        """What is sent in another form than asked, for a run's record."""
        renamed = ["max_tokens as max_completion_tokens"] if self.renamed else []
        constraint = ["response_format as json_object"] if self.json_object else []
        return [*renamed, *constraint, *(f"without {name}" for name in sorted(self.left_out))]

    def _with(self, left_out: str | None = None, *, renamed: bool = False, json_object: bool = False) -> Adaptation:
        return Adaptation(
            self.left_out | ({left_out} if left_out else frozenset()), self.renamed or renamed, self.json_object or json_object
        )


def _names(message: str, name: str) -> bool:
    """Whether a message names that field as a word of its own."""
    return re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", message) is not None
