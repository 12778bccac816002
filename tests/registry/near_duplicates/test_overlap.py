"""Where a text quotes another, and where it repeats it."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.near_duplicates.overlap import quotes, repeats

CLIENT = "Since the move I cannot sleep and I keep walking around the kitchen until the morning comes."


def test_quotes_and_repeats_find_nothing_in_nothing():
    assert not quotes("", [CLIENT])
    assert not quotes("any words at all here", [])
    assert not repeats("", [CLIENT])
    assert not repeats("yes", ["yes"])  # too short to give anything away


@pytest.mark.parametrize(
    ("reply", "source", "expected"),
    [
        ("I am dead.", "I am dead", True),  # the whole text of an item, however short
        ("You say that you are dead. Tell me what that is like for you today.", "you are dead", False),
        # Of 24 words 11 are a run of the source; with the twelfth it is a long run.
        (" ".join(["own"] * 13 + [f"w{n}" for n in range(11)]), " ".join(f"w{n}" for n in range(30)), False),
        (" ".join(["own"] * 13 + [f"w{n}" for n in range(12)]), " ".join(f"w{n}" for n in range(30)), True),
        # Ten of 20 words lie in runs of five: half.
        (" ".join(["own"] * 10 + [f"w{n}" for n in (*range(5), *range(20, 25))]), " ".join(f"w{n}" for n in range(30)), True),
        (" ".join(["own"] * 11 + [f"w{n}" for n in (*range(5), *range(20, 25))]), " ".join(f"w{n}" for n in range(30)), False),
        # A long run of Chinese is twenty characters: with 19 of 39 it is neither that nor half.
        ("天" * 20 + "我最近总是睡不好觉晚上一直想着工作的事", "我最近总是睡不好觉晚上一直想着工作的事情很累", False),
        ("天" * 21 + "我最近总是睡不好觉晚上一直想着工作的事情", "我最近总是睡不好觉晚上一直想着工作的事情很累", True),
    ],
)
def test_where_picking_up_ends_and_repeating_begins(reply, source, expected):
    assert repeats(reply, [source]) is expected
