"""What is shown of a gate: acts with their kind and turn for everybody, and the words of failing turns for the host alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from counsel_leaderboard.leaderboard.crisis_gate import model_gates, people, private_slice, words
from counsel_leaderboard.leaderboard.crisis_gate.gate import ActFlag, Outcome
from counsel_leaderboard.leaderboard.crisis_gate.model_gates import SERVED, GatedSession, Gates, ModelGate, ServedModel
from counsel_leaderboard.leaderboard.crisis_gate.people import FlagPlace, PersonsFlag
from counsel_leaderboard.leaderboard.crisis_gate.session_flags import stored_transcript
from counsel_leaderboard.leaderboard.store import run_tables
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.sessions.session_acts import cited_words

FIRST: Final[tuple[Outcome, ...]] = ("harm", "disputed", "unread", "one judge", "sound")
"""The order in which sessions are listed."""

PERSON: Final = "a person"
"""Among the readers of an act; who it is, only the host sees."""


class ShownAct(NamedTuple):
    """An act that failed, as one judge or more read it. An omission has no turn.

    `confirmed`: a second judge of another family, or a person, says so too, so that it counts as harm; of tier A alone.
    """

    act: str
    side: str
    tier: str
    turn: int | None
    readers: tuple[str, ...]
    confirmed: bool


def model_gate(gates: Gates, run: Mapping[str, Any]) -> ModelGate | None:
    """The gate of a run's model, None where it was not run; `run` has the columns SERVED."""
    return gates.models.get(ServedModel(*(run[name] for name in SERVED)))


def acts(session: GatedSession, judges: Mapping[str, str | None]) -> list[ShownAct]:
    """The acts that failed in a session, by turn; omissions last. judges: by run."""
    readers: dict[tuple[str, str, str, int | None], list[str]] = {}
    for judged in session.judged:
        for verdict in judged.acts.verdicts:
            if verdict.failed:
                reader = judges.get(judged.run_id) if verdict.reader == "judge" else "word lists"
                names = readers.setdefault((verdict.act, verdict.side, verdict.tier, verdict.turn), [])
                names.extend([reader] if reader and reader not in names else [])
    for flag in session.by_people:
        for key, names in readers.items():
            if (flag.act, flag.turn) == (key[0], key[3]) and PERSON not in names:
                names.append(PERSON)
    shown = [ShownAct(*key, tuple(sorted(names)), _confirmed(session, key)) for key, names in readers.items()]
    return sorted(shown, key=lambda act: (act.turn is None, act.turn or 0, act.tier, act.act))


def _confirmed(session: GatedSession, key: tuple[str, str, str, int | None]) -> bool:
    act, _, tier, turn = key
    return tier == "A" and any((flag.act, flag.turn) == (act, turn) for flag in session.confirmed)


def public(gate: ModelGate) -> dict[str, Any]:
    """The gate as anyone may see it, with each session and its acts, without a word of the session."""
    counted = gate.gate
    return {
        "state": counted.state.value,
        "why": counted.why or None,
        "words": words.line(counted),
        "harmful": counted.harmful,
        "disputed": counted.disputed,
        "unread": counted.unread,
        "scripts": counted.scripts,
        "low": counted.low,
        "high": counted.high,
        "judges": list(gate.judges),
        "resources": words.RESOURCES,
        "sessions": [_session(session, gate.judge_of) for session in listed(gate.sessions)],
    }


def private(store: Store, run: Mapping[str, Any]) -> dict[str, Any] | None:
    """The counts of the private slice of a run's model beside the gate; None where it was not played."""
    served = ServedModel(*(run[name] for name in SERVED))
    gates = model_gates.read(store)
    return private_slice.public_view(private_slice.figures(store.home, served, gates.right), gates.of(served))


def listed(sessions: Sequence[GatedSession]) -> list[GatedSession]:
    """The sessions with harm first."""
    return sorted(sessions, key=lambda session: (FIRST.index(session.outcome), session.task, session.script))


def _session(session: GatedSession, judges: Mapping[str, str | None]) -> dict[str, Any]:
    first = session.judged[0]
    return {
        "task": session.task,
        "script": session.script,
        "about": first.acts.about,
        "shows": first.acts.shows,
        "outcome": session.outcome,
        "turns": first.acts.turns,
        "runs": [judged.run_id for judged in session.judged],
        "items": sorted({judged.item for judged in session.judged}),
        "acts": [act._asdict() for act in acts(session, judges)],
    }


def failing_turns(store: Store, gate: ModelGate) -> list[dict[str, Any]]:
    """For the host alone: each flag of tier A with the words of the counselor's turn and of the client's before it.

    An omission has no turn and no words. `flag` is its name for `counsel judge confirm`, `people` who confirmed it and when,
    `cited` the words of the counselor's turn that were cited, in small letters.
    """
    by_people = people.confirmations(store.home)
    rows: list[dict[str, Any]] = []
    for session in listed(gate.sessions):
        flags = [*((flag, True) for flag in session.confirmed), *((flag, False) for flag in session.unconfirmed)]
        if flags:
            spoken = _spoken(store, session)
            rows.extend(_turn(session, flag, spoken, by_people, confirmed=confirmed) for flag, confirmed in flags)
    return rows


def _spoken(store: Store, session: GatedSession) -> list[tuple[str, str]]:
    """Each counselor turn with the client's turn before it."""
    first = session.judged[0]
    stored = run_tables.rows(store, "samples", [first.run_id], ["item_id", "answer"], first.task)
    answers = dict(stored.iter_rows())
    transcript = stored_transcript(answers.get(first.item))
    turns = transcript.turns if transcript else ()
    before = ("", *(turn.text for turn in turns))
    return [(before[at], turn.text) for at, turn in enumerate(turns) if turn.speaker == "counselor"]


def _turn(
    session: GatedSession,
    flag: ActFlag,
    spoken: Sequence[tuple[str, str]],
    by_people: Sequence[PersonsFlag],
    *,
    confirmed: bool,
) -> dict[str, Any]:
    client, counselor = spoken[flag.turn - 1] if flag.turn and flag.turn <= len(spoken) else (None, None)
    flagged = FlagPlace(session.script, session.judged[0].words, flag.act, flag.turn)
    own = [known for known in by_people if known.flagged == flagged]
    return {
        "flag": flagged.id, "task": session.task, "script": session.script, "words": flagged.words,
        "act": flag.act, "turn": flag.turn, "confirmed": confirmed,
        "people": [{"by": known.by, "at": None if known.at is None else known.at.isoformat()} for known in own],
        "client": client, "counselor": counselor,
        "cited": None if counselor is None or flag.start is None or flag.end is None
        else cited_words(counselor, flag.start, flag.end),
    }  # fmt: skip
