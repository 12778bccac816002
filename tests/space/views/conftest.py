"""Homes that a test module fills once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home that the test module's `fill` filled, of which tests get copies, and its run ids."""
    home = tmp_path_factory.mktemp("filled")
    return home, request.module.fill(home)


@pytest.fixture
def ids(filled: tuple[Path, dict[str, str]], tmp_path: Path) -> dict[str, str]:
    """The run ids of the filled home, which is copied to `tmp_path`."""
    shutil.copytree(filled[0], tmp_path, dirs_exist_ok=True)
    return filled[1]
