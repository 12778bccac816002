"""Progress display: bars with the remaining time on a terminal, otherwise a line at most every 10 s."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Literal, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn

LINE_SECONDS = 10.0
Unit = Literal["", "session turns"]
SESSION_TURNS: Final[Unit] = "session turns"


class Reporter(Protocol):
    """Receives the progress of an evaluation."""

    def update(self, done: int, total: int | None, unit: Unit = "") -> None:
        """`done` of `total` steps; total None while it is unknown. `unit`: of what, where steps are no requests."""


class Step:
    """One running step; `update` may be called often."""

    def __init__(self, display: ProgressDisplay, task: TaskID, label: str) -> None:
        self._display, self._task, self._label = display, task, label
        self._last_line = display.clock()

    def update(self, done: int, total: int | None, unit: Unit = "") -> None:
        """As in Reporter."""
        label = f"{self._label}: {unit}" if unit else self._label
        self._display.bar.update(self._task, completed=done, total=total, description=label)
        if not self._display.console.is_terminal and self._display.clock() - self._last_line > LINE_SECONDS:
            self._last_line = self._display.clock()
            steps = f"{unit} {done}" if unit else str(done)
            self._display.print_line(f"{self._label}: {steps} of {total if total is not None else 'an unknown number'}")


class ProgressDisplay:
    """Shows progress on a console: one bar for each step that runs."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self.console, self.clock = console, clock
        self.bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=console, transient=True, disable=not console.is_terminal,
        )  # fmt: skip

    @contextmanager
    def step(self, label: str) -> Iterator[Step]:
        """Show a step while the block runs, then one line with the time it took."""
        started = self.clock()
        task = self.bar.add_task(label, total=None)
        try:
            yield Step(self, task, label)
        finally:
            self.bar.remove_task(task)
        self.print_line(f"{label}: done in {self.clock() - started:.1f} s")

    def print_line(self, line: str) -> None:
        """Print one line above the bars, without markup; never wrapped, because without a terminal it goes to a log."""
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_display() -> Iterator[ProgressDisplay]:
    """A display on stderr, so that stdout holds only results."""
    display = ProgressDisplay(Console(stderr=True))
    with display.bar:
        yield display
