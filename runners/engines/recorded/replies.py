"""Looks up the stored answer to a chat request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counsel_leaderboard.registry import recorded
from counsel_leaderboard.registry.recorded import Answer, prompt_words

FIELD = "record"
"""The field of a request that says which answer is meant: TASK/REPEAT. The prompt does not show it."""


class StoredReplies:
    """The answers of one model by task, prompt and repeat; a prompt is compared by its words.

    Raises ValueError where two answers of a task have the same prompt and repeat.
    """

    def __init__(self, answers: Mapping[str, Sequence[Answer]]) -> None:
        self._replies: dict[tuple[str, str], tuple[tuple[str, ...], str | None]] = {}
        for task, stored in answers.items():
            for answer in stored:
                words = tuple(prompt_words(text) for _, text in answer.messages)
                key = (f"{task}/{answer.repeat}", words[-1])
                if key in self._replies:
                    raise ValueError(f"{task}: two answers to one prompt have the same number, {answer.repeat}")
                self._replies[key] = (words, answer.reply)

    def __call__(self, body: Mapping[str, Any]) -> str | None:
        """The stored reply, None where it is null. Raises LookupError where the record does not hold the whole prompt."""
        asked = [prompt_words(message["content"]) for message in body["messages"]]
        words, reply = self._replies[(str(body.get(FIELD)), asked[-1])]
        if tuple(asked[-len(words) :]) != words:
            raise LookupError("the last message is stored with other messages before it")
        return reply


def of_model(name: str, tasks: Sequence[str]) -> StoredReplies:
    """The stored answers of SOURCE/MODEL to the comparable items of `tasks`. Raises as `registry.recorded.comparable`."""
    return StoredReplies({task: recorded.comparable(name, task)[0] for task in tasks})
