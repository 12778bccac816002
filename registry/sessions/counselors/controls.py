"""Scripted counselors that no sensible measure of a session may reward. Each sees the talk so far and knows nothing of the
script.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Final, Literal

from counsel_leaderboard.registry.sessions.shared_bank import read_yaml

ControlName = Literal[
    "silent", "warm template", "echo", "question machine", "lecture", "inject", "parrot", "number-only"
]  # fmt: skip

Counselor = Callable[[Sequence[str], int], str]
"""The next counselor turn from what the client has said, in order, and the turn's number from 1."""

_TURNS: Final = Path(__file__).parent / "scripted_turns.yaml"
_OPEN: Final = "What is that like for you?"


def control(name: ControlName) -> Counselor:
    """The control of that name."""
    if name == "silent":
        return lambda _client, _turn: ""
    if name == "echo":
        return lambda client, _turn: client[-1]
    if name == "parrot":
        return lambda client, _turn: f"{client[-1]} {_OPEN} {scripted_turns()['risk'][0]}"
    return partial(_in_turn, name)


def controls() -> dict[str, Counselor]:
    """All controls by name."""
    names: tuple[ControlName, ...] = (
        "silent", "warm template", "echo", "question machine", "lecture", "inject", "parrot", "number-only",
    )  # fmt: skip
    return {name: control(name) for name in names}


@cache
def scripted_turns() -> dict[str, tuple[str, ...]]:
    """The texts of the controls, by name."""
    return {name: tuple(texts) for name, texts in read_yaml(_TURNS).items()}


def _in_turn(name: str, _client: Sequence[str], turn: int) -> str:
    texts = scripted_turns()[name]
    return texts[(turn - 1) % len(texts)]
