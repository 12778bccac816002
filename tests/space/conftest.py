from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.services.board_reader import BoardReader
from tests.support.homes import fill


@pytest.fixture(scope="session")
def full_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home with runs of every kind, and the run ids by name. Nobody writes to it."""
    home = tmp_path_factory.mktemp("home")
    with Store.open(home) as store:
        return home, fill(home, store)


@pytest.fixture(scope="session")
def ids(full_home: tuple[Path, dict[str, str]]) -> dict[str, str]:
    return full_home[1]


@pytest.fixture(scope="module")
def reader(full_home: tuple[Path, dict[str, str]]) -> Iterator[BoardReader]:
    with Store.open(full_home[0]) as store:
        yield BoardReader(store)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started
