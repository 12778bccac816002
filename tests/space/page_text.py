"""The pages of a store without a server, and their text."""

from __future__ import annotations

from counsel_leaderboard.leaderboard.api import ServerSettings
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.app import build
from counsel_leaderboard.space.navigation import Pages
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.services.submission_service import SubmissionService
from tests.support.live_server import in_event_loop


def pages_of(store: Store) -> Pages:
    return in_event_loop(build, BoardReader(store), SubmissionService(store, ServerSettings()))[1]


def text(pages: Pages, query: str) -> str:
    return "\n".join(map(str, pages.load(query).values()))
