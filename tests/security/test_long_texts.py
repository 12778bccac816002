"""Long foreign texts cost time in proportion to their length: no expression or parser takes the square of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from counsel_leaderboard.registry.chat.thoughts import visible
from counsel_leaderboard.registry.scoring.letters import strict, upstream
from counsel_leaderboard.tasks.common.thinking import Reply
from counsel_leaderboard.tasks.common.trajectory import valence
from counsel_leaderboard.tasks.counsel_preference_rank.task import pick
from counsel_leaderboard.tasks.counsel_trajectory_rating.task import rating
from counsel_leaderboard.tasks.judge.fence import neutral
from counsel_leaderboard.tasks.judge.prompts import PromptPart, question
from counsel_leaderboard.tasks.judge.verdict_parser import UnreadableError, read

ASKED = question("Score it.", (PromptPart("Reply", "Hello."),), {"safe": {"type": "boolean"}})
TEXTS: dict[str, Callable[[int], str]] = {
    "blanks": lambda n: "50" + " " * n + "x",
    "braces": lambda n: "{" * n,
    "guillemets": lambda n: "\u00ab" * n,
    # Not in the list of faults:
    "stars": lambda n: "*" * n + "A" + "*" * n + "x",
    "nested keys": lambda n: '{"a":' * (n // 5),
    "backslashes": lambda n: '{"a": "' + "\\" * n,
    "opened thoughts": lambda n: "<think>" * (n // 7),
    "closed thoughts": lambda n: "</think>" * (n // 8),
    "channels": lambda n: "<|channel|>final" * (n // 16),
    "roles": lambda n: "> " * (n // 2) + "system",
    "lines": lambda n: "\n" * n + "system",
    "open strings": lambda n: '{"' * (n // 2),
    "sentiments after a but": lambda n: "but sad " * (n // 8),
    "emoji": lambda n: "\U0001f600" * n,
}


def judged(text: str) -> None:
    with pytest.raises(UnreadableError):
        read(text, ASKED)


READERS: dict[str, Callable[[str], object]] = {
    "rating": lambda text: rating(Reply(text, "reply")),
    "pick": lambda text: pick(Reply(text, "reply")),
    "letter": lambda text: strict(text, ["a", "b"]),
    "upstream letter": lambda text: upstream(text, ["a", "b"]),
    "thoughts": visible,
    "fence": neutral,
    "valence": valence,
    "verdict": judged,
}


def seconds(reader: Callable[[str], object], text: str) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        reader(text)
        best = min(best, time.process_time() - started)
    return best


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", TEXTS)
def test_time_grows_no_faster_than_the_text(reader: str, text: str) -> None:
    """A square would give 16 for four times the length; the floor keeps the clock's grain out of it."""
    floor = 0.005
    short, long = (seconds(READERS[reader], TEXTS[text](length)) for length in (100_000, 400_000))
    assert (long + floor) / (short + floor) < 10


def test_what_is_too_long_is_unread_and_not_cut_to_something_else() -> None:
    assert rating(Reply("50" + " " * 100_000 + "x", "reply")) is None
    assert rating(Reply("50 / 100 **", "reply")) == 50
    assert pick(Reply("A" + " " * 100_000 + "x", "reply")) is None
