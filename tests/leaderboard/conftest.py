from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.store.database import Store


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.open(home) as opened:
        yield opened
