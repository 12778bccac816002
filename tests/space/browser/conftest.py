"""The server and the browser that the tests of reading share; a module with a home of its own has an `address` of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.space.browser.chromium import Browsers, browsers
from tests.support.serve_command import serving


@pytest.fixture(scope="module")
def address(full_home: tuple[Path, dict[str, str]]) -> Iterator[str]:
    """The address of a server of the full home."""
    with serving(full_home[0]) as at:
        yield at + "/"


@pytest.fixture
def open_page(playwright: Playwright, address: str, tmp_path: Path) -> Iterator[Browsers]:
    """Opens pages of that server."""
    with browsers(playwright, address, tmp_path) as opened:
        yield opened
