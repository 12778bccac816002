from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.queue import Queue
from tests.leaderboard.submissions.queue.queue_requests import Clock


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
