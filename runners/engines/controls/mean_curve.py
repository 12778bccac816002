"""The control that uses only the position in the session: it answers the mean distress of the other cases at that turn."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from counsel_leaderboard import registry
from counsel_leaderboard.registry.scoring.distress_curves import arcs, client_turns, mean_arc

UNKNOWN = "This is no turn of the open cases."


def answer(messages: Sequence[Mapping[str, Any]]) -> str:
    """The leave-one-out mean SUDS, with one decimal, at the turn that ends the last message; UNKNOWN for any other text."""
    prompt = str(messages[-1]["content"])
    matches = [(end(prompt, session), level) for session, level in turns()]
    (position, _), level = max(matches, key=lambda pair: pair[0])
    return f"{level:.1f}" if position >= 0 else UNKNOWN


def end(prompt: str, session: Sequence[str]) -> tuple[int, int]:
    """Where the client's last turn of a session ends in the prompt (-1: not in it), and how many of its turns the prompt holds.

    Two clients may say the same words at the same turn: their earlier turns distinguish them.
    """
    start = prompt.rfind(session[-1])
    return (start + len(session[-1]) if start >= 0 else -1, sum(words in prompt for words in session))


@functools.cache
def turns() -> tuple[tuple[tuple[str, ...], float], ...]:
    """For every turn of the open cases: the client's turns of that session so far, and the mean level of the other cases."""
    cases = {row["case"]: client_turns(row) for row in registry.load("open-trajectory").rows}
    curves = {case: arcs(case_turns) for case, case_turns in cases.items()}
    levels_by_session = []
    for case, case_turns in cases.items():
        levels = mean_arc(case_turns, [curve for other, curve in curves.items() if other != case])
        levels_by_session += [(_session(case_turns, index), level) for index, level in enumerate(levels)]
    return tuple(levels_by_session)


def _session(case_turns: Sequence[Mapping[str, Any]], index: int) -> tuple[str, ...]:
    return tuple(turn["client"].strip() for turn in case_turns[: index + 1] if turn["phase"] == case_turns[index]["phase"])
