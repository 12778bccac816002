"""The gates of all models of a store: the runs of one model, whoever judged them, put together."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from counsel_leaderboard.leaderboard.crisis_gate import gate as arithmetic
from counsel_leaderboard.leaderboard.crisis_gate import people
from counsel_leaderboard.leaderboard.crisis_gate.gate import ActFlag, Gate, Outcome, Reading, SessionReadings
from counsel_leaderboard.leaderboard.crisis_gate.people import Confirmed
from counsel_leaderboard.leaderboard.crisis_gate.session_flags import (
    GATE_TASKS,
    JudgedSession,
    judged_session,
    scripts_at_risk,
)
from counsel_leaderboard.leaderboard.judges.families import family
from counsel_leaderboard.leaderboard.judges.qualification import act_exam
from counsel_leaderboard.leaderboard.judges.qualification.act_exam import GateRight
from counsel_leaderboard.leaderboard.judges.qualification.decision import Judging
from counsel_leaderboard.leaderboard.store import run_tables
from counsel_leaderboard.leaderboard.store.cache import StoreCache
from counsel_leaderboard.leaderboard.store.database import Store, frame

SERVED = ("model", "revision", "engine", "role", "self_reported")
"""The columns that name a model as it was served: a gate belongs to one of these, as a row of the board does."""

# Sessions count with the clients and the version of the task's newest run that was not self-reported, as scores do.
RUNS = """
WITH gated AS (
    SELECT runs.run_id, model, revision, engine, role, self_reported, runs.family, judge, judge_revision, started_at, task,
        task_version, dataset_fingerprint, tasks.settings->>'$.judge.rubric' AS rubric,
        tasks.settings->>'$.judge.prompt_version' AS prompt_version
    FROM runs JOIN tasks USING (run_id)
    WHERE list_contains($tasks, task) AND run_id NOT IN (SELECT run_id FROM retractions)),
newest AS (
    SELECT task, task_version, dataset_fingerprint FROM gated
    QUALIFY row_number() OVER (PARTITION BY task ORDER BY self_reported, started_at DESC, run_id) = 1)
SELECT gated.* FROM gated JOIN newest USING (task, task_version, dataset_fingerprint) ORDER BY run_id, task
"""
COLUMNS = ("run_id", "task", "item_id", "doc", "answer", "verdict")


class ServedModel(NamedTuple):
    """A model as it was served."""

    model: str
    revision: str | None
    engine: str
    role: str
    self_reported: bool


@dataclass(frozen=True)
class GatedSession:
    """One session with a script at risk, and what the judges that may gate make of it together.

    `judged`: the same session in each run, one a judge, those of judges that may not gate among them. `by_people`: the flags
    that people confirmed.
    """

    task: str
    script: str
    outcome: Outcome
    confirmed: tuple[ActFlag, ...]
    unconfirmed: tuple[ActFlag, ...]
    judged: tuple[JudgedSession, ...]
    by_people: tuple[ActFlag, ...]


@dataclass(frozen=True)
class ModelGate:
    """The gate of one model, its sessions by script, the judges that may gate who read them, and every run's judge."""

    gate: Gate
    sessions: tuple[GatedSession, ...]
    judges: tuple[str, ...]
    judge_of: Mapping[str, str | None]


@dataclass(frozen=True)
class Gates:
    """The gates of a store. `right`: the rule by which judges were let in; `confirmed`: what people confirmed."""

    models: Mapping[ServedModel, ModelGate]
    right: GateRight
    confirmed: Confirmed

    @property
    def in_force(self) -> bool:
        """Whether two judges read sessions of any model: from then on a model without a gate has no overall rank."""
        return any(known.gate.why not in ("no judge", "one judge") for known in self.models.values())

    def of(self, served: Sequence[Any]) -> Gate:
        """The gate of a model by the values of SERVED; not run where nothing is stored of it."""
        known = self.models.get(ServedModel(*served))
        return known.gate if known else arithmetic.not_run(len(scripts_at_risk()))


def read(store: Store, right: GateRight | None = None) -> Gates:
    """The gates of all models with a session; cached until the store or a judge's right changes.

    right: which judges may gate, by default by the exams in the store's home folder.
    """
    rule = right or act_exam.of_home(store.home)
    by_people = people.of_home(store.home)
    return _gates.get(
        store,
        "gates",
        lambda: _read(store, rule, by_people),
        lambda known: known.right is rule and known.confirmed is by_people,
    )


_gates: StoreCache[Gates] = StoreCache()
# Stored runs never change, so their sessions are read once while the store is open.
_sessions: WeakKeyDictionary[Store, dict[tuple[str, str], tuple[JudgedSession, ...]]] = WeakKeyDictionary()
_lock = threading.Lock()


def _read(store: Store, right: GateRight, by_people: Confirmed) -> Gates:
    with store.reading() as cursor:
        runs = frame(cursor, RUNS, {"tasks": list(GATE_TASKS)}).to_dicts()
    of_model: defaultdict[ServedModel, list[dict[str, Any]]] = defaultdict(list)
    for run in runs:
        of_model[ServedModel(*(run[name] for name in SERVED))].append(run)
    models = {served: _model_gate(store, own, right, by_people) for served, own in of_model.items()}
    return Gates({served: gate for served, gate in models.items() if gate.sessions}, right, by_people)


def _model_gate(store: Store, runs: Sequence[Mapping[str, Any]], right: GateRight, by_people: Confirmed) -> ModelGate:
    """Of the runs of one model: rows of RUNS."""
    own_family = _family(runs)
    of_run = {(run["run_id"], run["task"]): run for run in runs}
    sessions = [session for run in runs for session in _stored(store, run["run_id"], run["task"])]
    same_words: defaultdict[tuple[str, str], list[JudgedSession]] = defaultdict(list)
    for session in sessions:
        same_words[session.script, session.words].append(session)
    gated = {
        key: _combined(judged, of_run, own_family, right, by_people.get(key, ())) for key, judged in sorted(same_words.items())
    }
    playings: defaultdict[str, defaultdict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for session in sessions:
        playings[session.script][session.run_id].append(gated[session.script, session.words][0].outcome)
    outcomes = {script: arithmetic.script_outcome(list(runs_of.values())) for script, runs_of in playings.items()}
    judges = sorted({name for _, names in gated.values() for name in names})
    decided = arithmetic.gate(outcomes, scripts_at_risk())
    judge_of = {run["run_id"]: run["judge"] for run in runs}
    return ModelGate(decided, tuple(session for session, _ in gated.values()), tuple(judges), judge_of)


def _family(runs: Sequence[Mapping[str, Any]]) -> str | None:
    first = runs[0]
    return family(first["model"], [first["family"]] if first["family"] else [])


def _combined(
    judged: Sequence[JudgedSession],
    of_run: Mapping[tuple[str, str], Mapping[str, Any]],
    own_family: str | None,
    right: GateRight,
    persons: Sequence[Reading],
) -> tuple[GatedSession, tuple[str, ...]]:
    """One session as its judges read it, and those of them who may gate. A judge counts once, by its newest run."""
    readings: dict[str, Reading] = {}
    for session in sorted(judged, key=lambda session: of_run[session.run_id, session.task]["started_at"]):
        run = of_run[session.run_id, session.task]
        of_judge = family(run["judge"]) if run["judge"] else None
        # A judge of the candidate's own family does not count, nor does one whose family nobody knows.
        if of_judge is None or of_judge == own_family or not right(_judging(run)):
            continue
        readings[run["judge"]] = Reading(run["judge"], of_judge, session.flags, session.whole)
    together = SessionReadings(judged[0].script, (*readings.values(), *persons))
    gated = GatedSession(
        judged[0].task, together.script, together.outcome, together.confirmed, together.unconfirmed, tuple(judged),
        tuple(flag for person in persons for flag in person.flags),
    )  # fmt: skip
    return gated, tuple(readings)


def _judging(run: Mapping[str, Any]) -> Judging:
    return Judging(run["task"], run["judge"], run["judge_revision"], run["rubric"], run["prompt_version"])


def _stored(store: Store, run_id: str, task: str) -> tuple[JudgedSession, ...]:
    with _lock:
        known = _sessions.setdefault(store, {})
    if (run_id, task) not in known:
        rows = run_tables.rows(store, "samples", [run_id], COLUMNS, task).iter_rows(named=True)
        known[run_id, task] = tuple(_at_risk(rows))
    return known[run_id, task]


def _at_risk(rows: Iterable[Mapping[str, Any]]) -> Iterable[JudgedSession]:
    return (session for row in rows if (session := judged_session(row)) is not None)
