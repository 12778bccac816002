from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.queue import Queue


class Clock:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def queue(store: Store, clock: Clock) -> Queue:
    return Queue(store, lease_seconds=60.0, clock=clock)
