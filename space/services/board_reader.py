"""What pages read from the store; a board is kept until something is stored."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.board.board import Board
from counsel_leaderboard.leaderboard.board.judge_columns import JudgeName
from counsel_leaderboard.leaderboard.statistics.intervals import intervals
from counsel_leaderboard.leaderboard.store import queries
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.manifests import Source
from counsel_leaderboard.space.views import board as view

# Breakdowns of tasks of runs: a reader pages through the transcripts of one.
KEPT: Final = 256


@dataclass(frozen=True)
class Suite:
    """One suite as it stood at one moment: the board, its columns and its display frame, one row a run."""

    source: Source
    board: Board
    columns: tuple[view.Column, ...]
    display: pl.DataFrame

    @property
    def judges(self) -> list[JudgeName]:
        """Who scored what stands here, by name."""
        pairs = self.board.models.filter(pl.col("judge").is_not_null()).select("judge", "judge_revision").unique()
        return [JudgeName(*pair) for pair in pairs.sort(pl.all(), nulls_last=True).iter_rows()]

    def row(self, run_id: str) -> dict[str, object] | None:
        """The display row of a run, or None where it does not stand on the board."""
        found = self.display.filter(pl.col("run_id") == run_id).to_dicts()
        return found[0] if found else None


class Reader:
    """Reads for pages. Safe to call from many threads; what takes long is made once and kept until something is stored."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._breakdown = lru_cache(KEPT)(self._read_breakdown)
        self._suites: dict[tuple[Source, JudgeName | None], Suite] = {}
        self._lock = threading.Lock()

    def suite(self, source: Source, columns_of: str = "") -> Suite:
        """The suite as it stands now, with the judged columns of the judge of that key where one scored here, else by rule."""
        by_rule = self._of(source, None)
        chosen = next((judge for judge in by_rule.judges if judge.key == columns_of), None)
        return self._of(source, chosen) if chosen else by_rule

    def _of(self, source: Source, judge: JudgeName | None) -> Suite:
        board = boards.read(self.store, source, judge=judge)
        with self._lock:
            kept = self._suites.get((source, judge))
            if kept is None or kept.board is not board:
                kept = self._suites[source, judge] = self._suite(source, board)
            return kept

    def breakdown(self, run_id: str, task: str) -> pl.DataFrame:
        """The headline of a run's task, as a whole and within each stratum: the frame of ranking.intervals."""
        return self._breakdown(run_id, task, self.store.generation)

    def _read_breakdown(self, run_id: str, task: str, _generation: int) -> pl.DataFrame:
        return intervals(*boards.items(self.store, [run_id], task=task), by_stratum=True)

    def _suite(self, source: Source, board: Board) -> Suite:
        columns = view.columns(board.scores, queries.tasks(self.store, source), source)
        return Suite(source, board, columns, view.display(board, columns))
