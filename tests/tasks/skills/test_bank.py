"""The labelled bank: no two of its sentences are nearly the same. And who pays for the coder: nobody who does not use it."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence

from counsel_leaderboard.registry.common.processes.child_environment import child_environment
from counsel_leaderboard.registry.sources.paths import OPEN

NEARLY_THE_SAME = 0.7
"""Jaccard similarity of word pairs. Of the bank's 4,172 sentences none are so near; three pairs, of which two are like
"Okay, mm-hm, okay." and "Mm-hm. Okay.", reach .6."""


def word_pairs(text: str) -> frozenset[tuple[str, ...]]:
    """The word pairs of a text, or its one word."""
    spoken = re.findall(r"[a-z0-9']+", text.lower())
    return frozenset(itertools.pairwise(spoken)) if len(spoken) > 1 else frozenset([tuple(spoken)])


def nearly_the_same(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs at or above NEARLY_THE_SAME, exactly: only texts that share a word pair can be alike."""
    having: dict[tuple[str, ...], list[int]] = defaultdict(list)
    pairs, sets = [], [word_pairs(text) for text in texts]
    for number, own in enumerate(sets):
        shared = Counter(other for pair in own for other in having[pair])
        pairs += [
            (texts[other], texts[number])
            for other, common in shared.items()
            if common / len(own | sets[other]) >= NEARLY_THE_SAME
        ]
        for pair in own:
            having[pair].append(number)
    return pairs


def test_no_two_sentences_are_nearly_the_same() -> None:
    rows = [json.loads(line) for line in (OPEN / "skills" / "train.jsonl").read_text("utf-8").splitlines()]
    assert nearly_the_same([row["text"] for row in rows]) == []


def test_two_sentences_that_differ_in_a_word_at_the_end_are_caught() -> None:
    first, second = (
        "It sounds like the nights are the hardest for you now.",
        "It sounds like the nights are the hardest for you.",
    )
    assert nearly_the_same([first, "What helps you at night?", second]) == [(first, second)]


def test_tasks_that_do_not_code_do_not_load_the_coder() -> None:
    """Also counsel_skills loads it only when it scores."""
    names = [f"counsel_leaderboard.tasks.{name}.task" for name in ("counsel_psyllm", "counsel_response", "counsel_skills")]
    script = f"import sys, {', '.join(names)}; print([name for name in sys.modules if '.registry.skills' in name])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=child_environment())
    assert done.stdout == "[]\n"
