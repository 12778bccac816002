"""What the model is shown: the system text, one fixed example, and the vignette with its question as the last message."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasks.chat import Message

HERE = Path(__file__).parent


def guided(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The request of `counsel_stigma`: guidelines for good therapists before the instructions."""
    return [conversation(doc, f"{text('guidelines.md')}\n\n{text('instructions.md')}")]


def plain(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The request of `counsel_stigma_plain`: the instructions alone."""
    return [conversation(doc, text("instructions.md"))]


def conversation(doc: Mapping[str, Any], system: str) -> list[Message]:
    """System text, example question, example answer, question."""
    question, answer = text("example.md").split("\n\n---\n\n")
    turns = (("system", system), ("user", question), ("assistant", answer), ("user", doc["prompt"]))
    return [{"role": role, "content": content} for role, content in turns]


@functools.cache
def text(name: str) -> str:
    """One of this folder's texts, without the line end of its file."""
    return (HERE / name).read_text(encoding="utf-8").strip()
