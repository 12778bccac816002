"""Reads the store for the pages; a board is cached until something is stored."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.board.board import Board
from counsel_leaderboard.leaderboard.board.controls import ControlToBeat, to_beat
from counsel_leaderboard.leaderboard.board.judge_columns import JudgeName
from counsel_leaderboard.leaderboard.board.overall_words import overall_words
from counsel_leaderboard.leaderboard.statistics.intervals import intervals
from counsel_leaderboard.leaderboard.store import queries
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.manifests import Source, tasks_with_controls_beside
from counsel_leaderboard.space.views import board_frame as view

# The number of cached breakdowns: a reader pages through the transcripts of one run and task.
CACHED_BREAKDOWNS: Final = 256


@dataclass(frozen=True)
class SuiteSnapshot:
    """A snapshot of one suite: the board, its columns, and its display frame with one row per run.

    judge: whose columns a reader chose to have ranked; None where the rule chose them.
    """

    source: Source
    board: Board
    columns: tuple[view.Column, ...]
    display: pl.DataFrame
    judge: JudgeName | None = None

    @property
    def to_beat(self) -> dict[str, ControlToBeat]:
        """The control that the models of each task have to beat."""
        return to_beat(self.board.scores, self.board.ranks, tasks_with_controls_beside(self.source))

    @property
    def judges(self) -> list[JudgeName]:
        """The judges whose scores are on the board, by name."""
        pairs = self.board.models.filter(pl.col("judge").is_not_null()).select("judge", "judge_revision").unique()
        return [JudgeName(*pair) for pair in pairs.sort(pl.all(), nulls_last=True).iter_rows()]

    @property
    def overall_words(self) -> str:
        """How the overall order comes about, or why there is none."""
        return overall_words(self.board)

    def row(self, run_id: str) -> dict[str, object] | None:
        """The display row of a run, or None if it is not on the board."""
        rows = self.display.filter(pl.col("run_id") == run_id).to_dicts()
        return rows[0] if rows else None


class BoardReader:
    """Reads for pages, with caches that last until something is stored. Safe to call from many threads."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._breakdown = lru_cache(CACHED_BREAKDOWNS)(self._read_breakdown)
        self._suites: dict[tuple[Source, JudgeName | None], SuiteSnapshot] = {}
        self._lock = threading.Lock()

    def suite(self, source: Source, columns_of: str = "") -> SuiteSnapshot:
        """The current suite, with the columns of the judge with that key if it scored here, else those chosen by rule."""
        by_rule = self._cached_suite(source, None)
        chosen = next((judge for judge in by_rule.judges if judge.key == columns_of), None)
        return self._cached_suite(source, chosen) if chosen else by_rule

    def opening_suite(self) -> Source:
        """The suite that the start page shows: the first in which a model is ranked, else the open one."""
        return boards.opening_suite(self.store)

    def _cached_suite(self, source: Source, judge: JudgeName | None) -> SuiteSnapshot:
        board = boards.read(self.store, source, judge=judge)
        with self._lock:
            cached = self._suites.get((source, judge))
            if cached is None or cached.board is not board:
                cached = self._suites[source, judge] = self._suite(source, board, judge)
            return cached

    def breakdown(self, run_id: str, task: str) -> pl.DataFrame:
        """The headline of a run's task, overall and within each stratum: the frame of `intervals` with by_stratum=True."""
        return self._breakdown(run_id, task, self.store.generation)

    def _read_breakdown(self, run_id: str, task: str, _generation: int) -> pl.DataFrame:
        return intervals(*boards.items(self.store, [run_id], task=task), by_stratum=True)

    def _suite(self, source: Source, board: Board, judge: JudgeName | None) -> SuiteSnapshot:
        columns = view.columns(board.scores, queries.tasks(self.store, source), source)
        return SuiteSnapshot(source, board, columns, view.display(board, columns), judge)
