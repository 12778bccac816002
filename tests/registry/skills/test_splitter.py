"""Sentences of prose, lists, Markdown and transcripts."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.skills.splitter import LONGEST, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I hear you. What happened then?", ["I hear you.", "What happened then?"]),
        ("Dr. Patel is away, e.g. on Monday. Call later!", ["Dr. Patel is away, e.g. on Monday.", "Call later!"]),
        ("No. Next box. Take no. 5, J. Lee.", ["No.", "Next box.", "Take no. 5, J. Lee."]),
        ("So do I. It helps.", ["So do I.", "It helps."]),
        ("Write _three_ things, not snake_case.", ["Write three things, not snake_case."]),
        ("You said 2.5 hours... and then?", ["You said 2.5 hours...", "and then?"]),
        ('"Why me?" you ask yourself.', ['"Why me?"', "you ask yourself."]),
        ("# Ideas\n\n1. **Walk** a little\n2) Call *Sam*\n- Rest", ["Ideas", "Walk a little", "Call Sam", "Rest"]),
        ("Read [this page](https://example.org/a).", ["Read this page."]),
        ("See:\n```python\nx = 1.\n```\nDone.", ["See:", "Done."]),
        ("| a | b |\n|---|---|\n| c | d |", ["a   b", "c   d"]),
        ("Okay", ["Okay"]),
        ("", []),
        ("😀 … !!", []),
        ("```x = 1```", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_text_without_full_stops_is_cut_and_loses_no_word() -> None:
    text = "and then " * 5_000
    units = sentences(text)
    assert max(map(len, units)) <= LONGEST
    assert " ".join(units).split() == text.split()


def test_one_endless_word_ends() -> None:
    assert "".join(sentences("a" * 100_000)) == "a" * 100_000
