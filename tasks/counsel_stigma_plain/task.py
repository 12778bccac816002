"""The stigma questions without the guidelines: documents and scores are those of `counsel_stigma`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counsel_leaderboard.tasks.common.chat import Message
from counsel_leaderboard.tasks.counsel_stigma.task import conversation, documents, process_results, text

__all__ = ["documents", "messages", "process_results"]


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The one request of a document: only the instructions as the system text, one fixed example, the question."""
    return [conversation(doc, text("instructions.md"))]
