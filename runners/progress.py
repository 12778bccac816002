"""What runs, how far, and how long still: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn

LINE_SECONDS = 10.0


class Reporter(Protocol):
    """Where an evaluation says how far it is."""

    def update(self, done: int, total: int | None) -> None:
        """`done` of `total` steps; total None while it is unknown."""


class Step:
    """One thing under way; `update` may be called often."""

    def __init__(self, board: Board, task: TaskID, label: str) -> None:
        self._board, self._task, self._label = board, task, label
        self._last_line = time.monotonic()

    def update(self, done: int, total: int | None) -> None:
        """`done` of `total` steps; total None while it is unknown."""
        self._board.bar.update(self._task, completed=done, total=total)
        if not self._board.console.is_terminal and time.monotonic() - self._last_line > LINE_SECONDS:
            self._last_line = time.monotonic()
            self._board.say(f"{self._label}: {done} of {total if total is not None else 'an unknown number'}")


class Board:
    """The progress display; one bar a step, several at a time where several run."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=console, transient=True, disable=not console.is_terminal,
        )  # fmt: skip

    @contextmanager
    def step(self, label: str) -> Iterator[Step]:
        """Show a step for the length of the block, and one line with its time when it is done."""
        started = time.monotonic()
        task = self.bar.add_task(label, total=None)
        try:
            yield Step(self, task, label)
        finally:
            self.bar.remove_task(task)
        self.say(f"{label}: done in {time.monotonic() - started:.1f} s")

    def say(self, line: str) -> None:
        """One line above the bars, as it is; never folded, since elsewhere than on a terminal it ends in a log."""
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_board() -> Iterator[Board]:
    """A display on stderr, so that stdout stays for results."""
    board = Board(Console(stderr=True))
    with board.bar:
        yield board
