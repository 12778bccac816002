"""What a person reads while an evaluation runs."""

from __future__ import annotations

import io
from itertools import count

from rich.console import Console

from counsel_leaderboard.runners.progress import SESSION_TURNS, ProgressDisplay


def test_a_log_gets_a_line_in_session_turns_at_most_every_ten_seconds() -> None:
    log = io.StringIO()
    seconds = iter([0.0, 0.0, 11.0, 11.0, 15.0, 22.0, 22.0, 30.0])
    with ProgressDisplay(Console(file=log, width=200), lambda: next(seconds)).step("counsel_session") as step:
        step.update(34, 240, SESSION_TURNS)  # at 11 s
        step.update(36, 240, SESSION_TURNS)  # at 15 s: too soon
        step.update(1, None)  # at 22 s
    assert log.getvalue().splitlines() == [
        "counsel_session: session turns 34 of 240",
        "counsel_session: 1 of an unknown number",
        "counsel_session: done in 30.0 s",
    ]


def test_a_terminal_shows_a_bar_in_session_turns() -> None:
    shown = io.StringIO()
    display = ProgressDisplay(Console(file=shown, width=200, force_terminal=True), count().__next__)
    with display.bar, display.step("counsel_session") as step:
        step.update(34, 240, SESSION_TURNS)
        (task,) = display.bar.tasks
        assert (task.description, task.completed, task.total) == ("counsel_session: session turns", 34, 240)
        display.bar.refresh()
    assert "34/240" in shown.getvalue()
