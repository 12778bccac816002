"""The short form of the attack: hostile inputs of every kind against a real server on loopback."""

from __future__ import annotations

import pytest

from tests.security.fuzz import attack
from tests.security.hostile import Attacker


def test_an_attack_is_the_same_for_the_same_seed_and_has_every_kind() -> None:
    first, second, other = (Attacker(seed, {1: 2}, "token", "/home") for seed in (1, 1, 2))
    calls = [first.next() for _ in range(300)]
    assert calls == [second.next() for _ in range(300)]
    assert calls != [other.next() for _ in range(300)]
    assert len({call.kind for call in calls}) == 8


@pytest.mark.slow
def test_nothing_is_stored_read_or_broken_by_hostile_inputs() -> None:
    measured = attack(400, seed=2)
    assert (measured.stored, measured.read, measured.errors) == ([], [], []), measured.table()
    assert sum(measured.by_status.values()) == 400
    assert measured.most_bytes < 2 * measured.idle_bytes, measured.table()
