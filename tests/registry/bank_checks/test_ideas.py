"""No two items of different banks tell the same story in other words."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from counsel_leaderboard.registry.bank_checks import ideas
from counsel_leaderboard.registry.bank_checks.texts import Row
from counsel_leaderboard.registry.embeddings.minilm import Vectors, minilm

READ = Path(__file__).with_name("alike_items.toml")
"""Pairs above the limit that somebody read and let stand, each with the reason."""


class Embed:
    """Texts about a ship point one way, texts about a garden the other, and both in between."""

    name = "by word"

    def __call__(self, text: str) -> Vectors:
        vector = np.array([text.count("ship"), text.count("garden")], dtype=np.float32)
        return vector / np.linalg.norm(vector)


BANKS: dict[str, list[Row]] = {
    "preference": [
        {"id": "p1", "speech": "The ship left.", "reference": "The garden is there."},
        {"id": "p2", "speech": "My ship, my garden."},
    ],
    "psyllm": [
        {"id": "a1", "turns": [{"client": "A ship."}, {"client": "That ship."}]},
        {"id": "a2", "turns": [{"client": "A garden."}]},
    ],
}


def test_items_are_compared_by_what_their_clients_say_in_all_turns() -> None:
    (pair,) = ideas.alike(BANKS, Embed(), limit=0.9)
    assert (pair.first, pair.second) == ("a1", "p1")
    assert pair.cosine == pytest.approx(1.0)


def test_the_most_alike_come_first_and_items_of_one_bank_are_not_compared() -> None:
    pairs = [(pair.first, pair.second) for pair in ideas.alike(BANKS, Embed(), limit=0.7)]
    assert pairs == [("a1", "p1"), ("a1", "p2"), ("a2", "p2")]  # cosines 1, .707 and .707


def test_items_without_a_client_are_left_out() -> None:
    assert ideas.alike({"topics": [{"id": "t", "remark": "A ship."}], "psyllm": BANKS["psyllm"]}, Embed(), limit=0.1) == []


@pytest.mark.slow  # embeds some thousand texts
def test_every_pair_above_the_limit_was_read(banks: dict[str, list[Row]]) -> None:
    read = {(entry["first"], entry["second"]) for entry in tomllib.loads(READ.read_text(encoding="utf-8"))["pair"]}
    above = {(pair.first, pair.second): round(pair.cosine, 3) for pair in ideas.alike(banks, minilm())}
    assert {pair: cosine for pair, cosine in above.items() if pair not in read} == {}
    assert read - above.keys() == set(), "these are no longer alike; take them off the list"
