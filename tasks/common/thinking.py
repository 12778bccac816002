"""The reply inside a model's raw answer, without its thinking, and the rates of answers without a reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from counsel_leaderboard.registry.chat.thoughts import visible
from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED

State = Literal["reply", "empty", "truncated", "failed"]


@dataclass(frozen=True)
class Reply:
    """One cleaned answer.

    `state` is `reply` (`text` is what the reader would see), `empty` (the model answered nothing), `truncated` (a thought
    opened and never closed, so there is no reply) or `failed` (nothing was generated). `text` is "" unless `reply`.
    """

    text: str
    state: State

    @property
    def answered(self) -> bool:
        """Whether the model answered, possibly with an empty reply; the other two states are never scored."""
        return self.state in ("reply", "empty")


def clean(raw: str) -> Reply:
    """The reply inside a raw answer: what follows its thoughts, in whatever marks they stand, stripped."""
    if raw.strip() == NOT_GENERATED:
        return Reply("", "failed")
    text = visible(raw)
    if text is None:
        return Reply("", "truncated")
    return Reply(text, "reply" if text else "empty")


def rates(replies: Sequence[Reply]) -> dict[str, float]:
    """Shares in [0, 1] of one document's answers that were not generated or ended inside a thought."""
    return {
        "failed_rate": share([reply.state == "failed" for reply in replies]),
        "truncated_rate": share([reply.state == "truncated" for reply in replies]),
    }


def share(flags: Sequence[bool]) -> float:
    """How many of the flags are set, in [0, 1]; at least one flag is needed."""
    return sum(flags) / len(flags)
