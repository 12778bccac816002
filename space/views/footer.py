"""The end of every page: version, date of the data, licence, and how to cite."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.board_reader import SuiteSnapshot
from counsel_leaderboard.space.views.heads import SITE

DISTRIBUTION: Final = "counsel-leaderboard"


def html(suite: SuiteSnapshot, today: datetime | None = None) -> str:
    """The footer of a page of that suite; today is the reader's day in UTC, by default now."""
    newest = suite.board.models["started_at"].max()
    number, day = version(DISTRIBUTION), today or datetime.now(UTC)
    return render(
        "footer.html",
        version=number,
        dated=f"newest run of {newest:%Y-%m-%d}" if isinstance(newest, datetime) else "no runs yet",
        citation=f"The Counsel founders. {SITE}. Version {number}, {suite.source} suite, read on {day:%Y-%m-%d}.",
    )
