"""The people who rated whole sessions, for the page of judges."""

from __future__ import annotations

from pathlib import Path

from counsel_leaderboard.leaderboard.judges import session_raters
from counsel_leaderboard.space.html import render


def html(home: Path) -> str:
    """A table for each group of raters of each source in the home folder; "" where there is none."""
    cards = session_raters.cards(home)
    return render("session_raters.html", cards=cards, no_pool=session_raters.NO_POOL) if cards else ""
