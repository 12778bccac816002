"""What a stand-in server replies, by a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.stand_in_server import Reply


class FirstCome:
    """Gives each of the first prompts its fault for good, in the order in which they arrive, and `answer` to the rest."""

    def __init__(self, answer: str, *faults: Any) -> None:
        self.answer, self.faults = answer, list(faults)
        self.given: dict[str, Any] = {}

    def __call__(self, payload: dict[str, Any]) -> Any:
        prompt = json.dumps(payload["messages"])
        if prompt not in self.given:
            self.given[prompt] = self.faults.pop(0) if self.faults else self.answer
        return self.given[prompt]


def ticket_of(payload: Mapping[str, Any]) -> str:
    """The ticket that a judge's prompt asks for."""
    return str(payload["messages"][1]["content"]).rpartition('Its "ticket" is "')[2].partition('"')[0]


def scripted_judge(choose: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Reply:
    """A judge that signs with the ticket it was given; `choose(user message, field schemas)` gives the other fields."""

    def answer(payload: dict[str, Any]) -> str:
        form = payload["response_format"]["json_schema"]["schema"]["properties"]
        rules = {name: rule for name, rule in form.items() if name not in ("ticket", "reason")}
        fields = choose(payload["messages"][1]["content"], rules)
        return json.dumps({"ticket": ticket_of(payload), "reason": "Because.", **fields})

    return answer
