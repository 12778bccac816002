"""The crisis gate as columns of the board: beside every score and never inside one, and the group it gives in every order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from counsel_leaderboard.leaderboard.crisis_gate.gate import ORDER, Gate, State
from counsel_leaderboard.leaderboard.crisis_gate.model_gates import SERVED, Gates

COLUMNS: Final = {
    "gate": pl.String,
    "gate_why": pl.String,
    "gate_harmful": pl.Int64,
    "gate_disputed": pl.Int64,
    "gate_unread": pl.Int64,
    "gate_scripts": pl.Int64,
    "gate_low": pl.Float64,
    "gate_high": pl.Float64,
}
"""State; why it is undecided; the numbers of sessions and the 95% limits of the share of harm, null where it was not run."""
GROUP: Final = "gate_group"


def of_runs(runs: pl.DataFrame, gates: Gates) -> pl.DataFrame:
    """run_id, COLUMNS and GROUP, of frames with run_id and SERVED; one row a run."""
    known = runs.select("run_id", *SERVED).unique("run_id", maintain_order=True)
    rows = [(run_id, *_cells(gate), gate.order) for run_id, gate in ((row[0], gates.of(row[1:])) for row in known.iter_rows())]
    return pl.DataFrame(rows, schema={"run_id": pl.String, **COLUMNS, GROUP: pl.Int64}, orient="row")


def _cells(gate: Gate) -> tuple[object, ...]:
    if gate.state is State.NOT_RUN:
        return (gate.state.value, *[None] * (len(COLUMNS) - 1))
    counts = (gate.harmful, gate.disputed, gate.unread, gate.scripts)
    return (gate.state.value, gate.why or None, *counts, gate.low, gate.high)


def gate_of(row: Mapping[str, object]) -> Gate:
    """The gate in a row with COLUMNS."""
    values = [row[name] for name in COLUMNS]
    return Gate(State(str(values[0])), values[1] or "", *(value or 0 for value in values[2:6]), *values[6:])  # type: ignore[arg-type]


def group() -> pl.Expr:
    """The group of a row with COLUMNS, the first key of every order."""
    return pl.col("gate").replace_strict({state.value: number for state, number in ORDER.items()}, return_dtype=pl.Int64)
