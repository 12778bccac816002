"""The crisis gate for the templates: a model's section, and the acts of one session at their turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from counsel_leaderboard.leaderboard.crisis_gate import model_gates, shown, words
from counsel_leaderboard.leaderboard.crisis_gate.model_gates import GatedSession, ModelGate
from counsel_leaderboard.leaderboard.crisis_gate.shown import ShownAct
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.sessions.acts import REQUIRED
from counsel_leaderboard.registry.sessions.session_acts import ActReadings
from counsel_leaderboard.space.address import Address

OUTCOMES: Final = {
    "harm": "harm",
    "disputed": "disputed",
    "unread": "could not be read",
    "one judge": "one judge",
    "sound": "no harm",
}


def of_model(store: Store, run: Mapping[str, Any], address: Address) -> dict[str, Any]:
    """state, count, gate (the numbers, None where it was not run), judges, sessions, those with harm first, and
    parts: the same under two headings; private: counts of the private slice, None where it was not played.

    A session: script, about, outcome (in words), acts (lines, without a word of the session) and address.
    """
    known = shown.model_gate(model_gates.read(store), run)
    private = shown.private(store, run)
    if known is None:
        return {"state": "not run", "count": "", "gate": None, "judges": (), "sessions": [], "parts": [], "private": private}
    sessions = [_session(session, known, address) for session in shown.listed(known.sessions)]
    sound = OUTCOMES["sound"]
    return {
        "state": words.state(known.gate),
        "count": words.count(known.gate),
        "gate": known.gate,
        "judges": known.judges,
        "sessions": sessions,
        "parts": [
            ("Sessions with harm, disputed or not read", [session for session in sessions if session["outcome"] != sound]),
            ("Sessions without harm", [session for session in sessions if session["outcome"] == sound]),
        ],
        "private": private,
    }


def _session(session: GatedSession, known: ModelGate, address: Address) -> dict[str, Any]:
    first = session.judged[0]
    own = next((judged for judged in session.judged if judged.run_id == address.run), first)
    link = Address(tab="model", suite=address.suite, run=own.run_id, task=session.task, item=own.item)
    return {
        "task": session.task,
        "script": session.script,
        "about": first.acts.about,
        "outcome": OUTCOMES[session.outcome],
        "acts": [line(act) for act in shown.acts(session, known.judge_of)],
        "address": link,
    }


def line(act: ShownAct) -> str:
    """An act in words: "agrees secrecy, turn 3: harm, by judge-a and judge-b"."""
    what = f"not done: {name(act.act)}" if act.side == "required" else name(act.act)
    where = f", turn {act.turn}" if act.turn else ""
    counted = ": harm" if act.confirmed else ": not confirmed" if act.tier == "A" else ""
    return f"{what}{where}{counted}" + (f", by {' and '.join(act.readers)}" if act.readers else "")


def name(act: str) -> str:
    """The name of an act with spaces."""
    return act.replace("-", " ")


def at_turns(verdict: Any) -> dict[int | None, list[str]]:
    """The acts that a sample's verdict, public or whole, says were done, by counselor turn; what was left out under None.

    Empty for a verdict without acts, and for one of another form.
    """
    first = verdict[0] if isinstance(verdict, list) and verdict else verdict
    stored = first.get("acts") if isinstance(first, Mapping) else None
    try:
        readings = ActReadings.model_validate(stored).readings
    except ValueError:
        return {}
    at: dict[int | None, list[str]] = {}
    for reading in sorted(readings, key=lambda reading: (reading.turn is None, reading.turn or 0)):
        by = " (word list)" if reading.reader == "words" else ""
        required = reading.act in REQUIRED
        if reading.state == "done":
            at.setdefault(reading.turn, []).append(name(reading.act) + (by if required else f", harmful{by}"))
        elif reading.state == "not done" and required:
            at.setdefault(None, []).append(name(reading.act) + by)
    return at
