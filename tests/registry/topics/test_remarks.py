"""Turns are cut into remarks, whatever is in them."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.skills.splitter import LONGEST
from counsel_leaderboard.registry.topics.remarks import LONGEST_TURN, remarks_of


def test_sentences_of_three_words_or_more() -> None:
    text = "Okay. I hear how tired you are! What happened next?\n\nYes, sure. “It hurts a lot.” You said so."
    assert remarks_of(text) == [
        "I hear how tired you are!", "What happened next?", "“It hurts a lot.”", "You said so."
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ("", []),
        ("   \n\n ", []),
        ("Hello", []),
        ("😀😀😀 🙏🙏🙏", []),
        ("1. 2. 3. 4.", []),
        ("- **Breathe** out slowly.\n- Write _three_ things down", ["Breathe out slowly.", "Write three things down"]),
        ("1. Call a friend today\n2) Eat a warm meal", ["Call a friend today", "Eat a warm meal"]),
        ("Try this now:\n```python\nprint('a b c d')\n```\nThen tell me more.", ["Try this now:", "Then tell me more."]),
        ("```\nno end of it here", []),
        ("Das klingt sehr schwer. ¿Cómo te sientes hoy?", ["Das klingt sehr schwer.", "¿Cómo te sientes hoy?"]),
    ],
)  # fmt: skip
def test_odd_texts(text: str, remarks: list[str]) -> None:
    assert remarks_of(text) == remarks


def test_long_texts_are_cut() -> None:
    assert max(map(len, remarks_of("word " * 1000))) <= LONGEST
    last = "A last sentence stands here."
    assert last not in remarks_of("You are not alone. " * (LONGEST_TURN // 19 + 1) + last)
    assert len(remarks_of("You are not alone. " * 6000)) <= LONGEST_TURN // 18
