"""The end of every page: version, date of the data, licence, and how to cite."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.board_reader import SuiteSnapshot
from counsel_leaderboard.space.views.heads import SITE

DISTRIBUTION: Final = "counsel-leaderboard"


def html(suite: SuiteSnapshot, today: datetime | None = None, source_url: str | None = None) -> str:
    """The footer of a page of that suite. source_url: of the source code; today: the reader's day in UTC, by default now."""
    number, day = version(DISTRIBUTION), today or datetime.now(UTC)
    return render(
        "footer.html",
        version=number,
        source_url=source_url,
        dated=dated(suite),
        citation=f"The Counsel founders. {SITE}. Version {number}, {suite.source} suite, read on {day:%Y-%m-%d}.",
    )


def dated(suite: SuiteSnapshot) -> str:
    """How new the suite's runs are, in words."""
    newest = suite.board.models["started_at"].max()
    return f"newest run of {newest:%Y-%m-%d}" if isinstance(newest, datetime) else "no runs yet"
