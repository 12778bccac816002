"""What a stand-in server replies, by a script."""

from __future__ import annotations

import json
from collections.abc import Callable
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


def scripted_judge(choose: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Reply:
    """A judge that signs with the ticket it was given; `choose(user message, field schemas)` gives the other fields."""

    def answer(payload: dict[str, Any]) -> str:
        form = payload["response_format"]["json_schema"]["schema"]["properties"]
        rules = {name: rule for name, rule in form.items() if name not in ("ticket", "reason")}
        fields = choose(payload["messages"][1]["content"], rules)
        return json.dumps({"ticket": form["ticket"]["enum"][0], "reason": "Because.", **fields})

    return answer
