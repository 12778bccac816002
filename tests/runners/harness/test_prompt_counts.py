"""Prompts that a server cuts without saying so, seen from its own counts."""

from __future__ import annotations

import json

import pytest

from counsel_leaderboard.runners.harness.context_window import digest
from counsel_leaderboard.runners.harness.prompt_counts import PromptCounts


def cut(*prompts: tuple[int, int | None]) -> list[int]:
    """The words of those prompts that count as cut, of prompts of that many words and that count of tokens."""
    counts, words = PromptCounts(), {}
    for length, tokens in prompts:
        messages = [{"role": "user", "content": "word " * length}]
        words[digest(messages)] = length
        counts.add(json.dumps({"messages": messages}).encode(), tokens)
    return sorted(words[entry.digest] for entry in counts.cut())


@pytest.mark.parametrize(
    ("prompts", "expected"),
    [
        ([(300, 310), (600, 610), (900, 910)], []),
        ([(300, 310), (600, 512), (800, 512), (900, 512)], [800, 900]),  # a level that three of several lengths share
        ([(3000, 512)], [3000]),  # 15,000 bytes in 512 tokens
        ([(300, 7), (600, 7)], [300, 600]),
        ([(300, None), (3000, None)], []),
        ([(10, 7), (20, 7), (30, 7)], []),  # too short to tell
        ([(500, 500), (501, 500), (502, 500)], []),  # of one length, and so of one count
        ([(3000, 0)], [3000]),
    ],
)
def test_counts_that_do_not_fit_the_length_name_the_prompt(prompts: list[tuple[int, int | None]], expected: list[int]) -> None:
    assert cut(*prompts) == expected
