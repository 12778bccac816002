"""The control that knows nothing of a client but the place in the session: the mean distress of the other cases there."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from counsel_leaderboard import registry
from counsel_leaderboard.registry.scoring.distress_curves import arcs, mean_arc

UNKNOWN = "This is no turn of the open cases."


def answer(messages: Sequence[Mapping[str, Any]]) -> str:
    """The leave-one-out mean SUDS, one decimal, at the turn that the last message ends with; UNKNOWN for another text."""
    asked = str(messages[-1]["content"])
    found = [(end(asked, session), level) for session, level in turns()]
    (place, _), level = max(found, key=lambda pair: pair[0])
    return f"{level:.1f}" if place >= 0 else UNKNOWN


def end(asked: str, session: Sequence[str]) -> tuple[int, int]:
    """Where the client's last words of a session end in the text, and how much of the session stands there; -1: nowhere.

    Two clients may say the same words at the same place: what was said before tells them apart.
    """
    place = asked.rfind(session[-1])
    return (place + len(session[-1]) if place >= 0 else -1, sum(words in asked for words in session))


@functools.cache
def turns() -> tuple[tuple[tuple[str, ...], float], ...]:
    """For every turn of the open cases: the client's words of its session up to there, and the other cases' mean."""
    cases = {row["case"]: _turns(row) for row in registry.load("open-trajectory").rows}
    curves = {case: arcs(found) for case, found in cases.items()}
    read = []
    for case, found in cases.items():
        levels = mean_arc(found, [curve for other, curve in curves.items() if other != case])
        read += [(_session(found, place), level) for place, level in enumerate(levels)]
    return tuple(read)


def _turns(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    phases = sorted(row["phases"], key=lambda phase: int(phase["phase"].removeprefix("P")))
    return [{"phase": phase["phase"], **turn} for phase in phases for turn in phase["turns"] if turn["client"].strip()]


def _session(found: Sequence[Mapping[str, Any]], place: int) -> tuple[str, ...]:
    return tuple(turn["client"].strip() for turn in found[: place + 1] if turn["phase"] == found[place]["phase"])
