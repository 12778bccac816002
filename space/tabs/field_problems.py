"""Shows what is wrong with a form at the fields that it concerns, and leads to the first of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import gradio as gr
from gradio.components import Component

from counsel_leaderboard.space.views.form import Problem

WRONG: Final = "wrong"
# Runs in the browser once the answer is shown; `arrive.js` has the function.
LEAD: Final = "() => window.counselWrong?.('%s')"


class FieldProblems:
    """The fields of one form by the names that problems have; each has the attribute `info`."""

    def __init__(self, fields: Mapping[str, Component]) -> None:
        self.fields = dict(fields)
        self._usual = {name: getattr(field, "info", None) for name, field in fields.items()}

    @staticmethod
    def lead(form: str) -> str:
        """The script that leads to the first field with something wrong in the element of that id."""
        return LEAD % form

    @property
    def outputs(self) -> list[Component]:
        """What `updates` changes, in its order."""
        return list(self.fields.values())

    def updates(self, problems: Iterable[Problem]) -> list[Any]:
        """The first problem of each field in place of its usual note; the other fields as they are usually."""
        messages: dict[str, str] = {}
        for problem in problems:
            messages.setdefault(problem.field, problem.message)
        return [
            gr.update(info=messages.get(name) or self._usual[name] or "", elem_classes=[WRONG] if name in messages else [])
            for name in self.fields
        ]
