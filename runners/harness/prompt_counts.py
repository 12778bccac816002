"""Prompts that a server seems to have cut without saying so: its count of their tokens does not fit their length."""

from __future__ import annotations

from dataclasses import dataclass, field

from counsel_leaderboard.runners.harness.context_window import digest, prompt, text_bytes

# Text of any language has fewer bytes to a token on average, over as many bytes as are looked at here.
MOST_BYTES_A_TOKEN = 12
SHORTEST_BYTES = 400
PLATEAU_PROMPTS = 3
PLATEAU_RATIO = 1.3


@dataclass(frozen=True)
class PromptCount:
    """One prompt, by the digest of its messages: its bytes, and the server's count of its tokens."""

    digest: str
    bytes: int
    tokens: int


@dataclass
class PromptCounts:
    """The server's counts of a run's prompts."""

    counts: list[PromptCount] = field(default_factory=list)

    def add(self, body: bytes, tokens: int | None) -> None:
        """Add a request that was answered; without a count there is nothing to compare."""
        messages, _ = prompt(body)
        if tokens is not None and (length := text_bytes(messages)) >= SHORTEST_BYTES:
            self.counts.append(PromptCount(digest(messages), length, tokens))

    def cut(self) -> list[PromptCount]:
        """Prompts that were probably cut: they have too few tokens for their length, or as many as others of other lengths.

        The latter holds for the largest count of a run: three or more prompts have it, the longest a third longer than the
        shortest, and all but the shortest are listed.
        """
        few = {count for count in self.counts if count.tokens * MOST_BYTES_A_TOKEN < count.bytes}
        top = max((count.tokens for count in self.counts), default=0)
        level = sorted({count for count in self.counts if count.tokens == top}, key=lambda count: count.bytes)
        flat = len(level) >= PLATEAU_PROMPTS and level[-1].bytes >= PLATEAU_RATIO * level[0].bytes
        return sorted({*few, *(level[1:] if flat else ())}, key=lambda count: count.digest)
