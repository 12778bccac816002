"""What pages read from the store; a board is kept until something is stored."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from leaderboard import board as boards
from leaderboard import facts
from leaderboard.board import Board
from leaderboard.ranking.intervals import intervals
from leaderboard.store import Store
from leaderboard.suite import Source
from space.views import board as view

# Breakdowns of tasks of runs: a reader pages through the transcripts of one.
KEPT: Final = 256


@dataclass(frozen=True)
class Suite:
    """One suite as it stood at one moment: the board, its columns and its display frame, one row a run."""

    source: Source
    board: Board
    columns: tuple[view.Column, ...]
    display: pl.DataFrame

    def row(self, run_id: str) -> dict[str, object] | None:
        """The display row of a run, or None where it does not stand on the board."""
        found = self.display.filter(pl.col("run_id") == run_id).to_dicts()
        return found[0] if found else None


class Reader:
    """Reads for pages. Safe to call from many threads; what takes long is made once and kept until something is stored."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._breakdown = lru_cache(KEPT)(self._read_breakdown)
        self._suites: dict[Source, Suite] = {}
        self._lock = threading.Lock()

    def suite(self, source: Source) -> Suite:
        """The suite as it stands now."""
        board = boards.read(self.store, source)
        with self._lock:
            kept = self._suites.get(source)
            if kept is None or kept.board is not board:
                kept = self._suites[source] = self._suite(source, board)
            return kept

    def breakdown(self, run_id: str, task: str) -> pl.DataFrame:
        """The headline of a run's task, as a whole and within each stratum: the frame of ranking.intervals."""
        return self._breakdown(run_id, task, self.store.generation)

    def _read_breakdown(self, run_id: str, task: str, _generation: int) -> pl.DataFrame:
        return intervals(*boards.items(self.store, [run_id], task=task), by_stratum=True)

    def _suite(self, source: Source, board: Board) -> Suite:
        columns = view.columns(board.scores, facts.tasks(self.store, source), source)
        return Suite(source, board, columns, view.display(board, columns))
