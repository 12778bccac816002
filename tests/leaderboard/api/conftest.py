from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.api import ServerSettings
from counsel_leaderboard.leaderboard.store.database import Store
from tests.support.host_client import SETTINGS, Client


@pytest.fixture
def settings() -> ServerSettings:
    return SETTINGS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def client(store: Store, settings: ServerSettings) -> Client:
    return Client(store, settings)
