"""The place of models by their gate in lists that are no board: techniques, topics, judges, choices, printed lists."""

from __future__ import annotations

from collections.abc import Callable

from counsel_leaderboard.leaderboard.crisis_gate import model_gates
from counsel_leaderboard.leaderboard.crisis_gate.gate import ORDER, State
from counsel_leaderboard.leaderboard.crisis_gate.model_gates import SERVED
from counsel_leaderboard.leaderboard.store.database import Store, frame

RUNS = f"SELECT run_id, {', '.join(SERVED)} FROM runs"  # noqa: S608 - constants

Group = Callable[[str], int]
"""The group of a run or a model, the first key of a list: 0 passes, 1 is undecided or not run, 2 fails."""


def by_run(store: Store) -> Group:
    """The group of the model of each stored run, by the run's id; a run that is not stored was not run."""
    groups = {run_id: group for run_id, _, group in _groups(store)}
    return lambda run_id: groups.get(run_id, ORDER[State.NOT_RUN])


def by_model(store: Store) -> Group:
    """The worst group of each model by its name, however it was served."""
    groups: dict[str, int] = {}
    for _, model, group in _groups(store):
        groups[model] = max(groups.get(model, 0), group)
    return lambda model: groups.get(model, ORDER[State.NOT_RUN])


def _groups(store: Store) -> list[tuple[str, str, int]]:
    gates = model_gates.read(store)
    with store.reading() as cursor:
        rows = frame(cursor, RUNS).iter_rows()
    return [(run_id, str(served[0]), gates.of(served).order) for run_id, *served in rows]
