"""The crisis gate in a real Chromium: on the board, on a model's page and beside a withheld session; wide, narrow and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from counsel_leaderboard.leaderboard.store.database import Store
from tests.space.browser.chromium import CHROMIUM, Browsers, browsers, picture
from tests.support.gate_runs import FAILS, MARKER, gated_models, in_order
from tests.support.serve_command import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]

SIZES = [(1440, False), (390, False), (390, True), (1440, True)]


@pytest.fixture
def gated(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    home = tmp_path / "home"
    with Store.open(home) as store:
        return home, gated_models(store, tmp_path / "folders")


@pytest.fixture
def open_page(playwright: Playwright, gated: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Browsers]:
    with serving(gated[0]) as at, browsers(playwright, f"{at}/", tmp_path) as opened:
        yield opened


def test_the_gate_can_be_read_wide_narrow_and_dark(open_page: Browsers, gated: tuple[Path, dict[str, str]]) -> None:
    for width, dark in SIZES:
        page = open_page("?suite=open", width=width, dark=dark)
        expect(page.locator("table.board .gate.fail").first).to_have_text("fail")
        assert in_order(page.locator("table.board th.model a").all_inner_texts())
        assert page.evaluate("document.documentElement.scrollWidth") <= width

        page = open_page(f"?tab=model&suite=open&run={gated[1][FAILS]}", width=width, dark=dark)
        expect(page.locator("section[aria-labelledby=gate] .help-first")).to_be_visible()
        expect(page.locator("section[aria-labelledby=gate]")).to_contain_text("harm in 20 of 80, at most 36%")
        picture(page, f"gate-{width}{'-dark' if dark else ''}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("section[aria-labelledby=gate] tbody a").first.click()
    expect(page).to_have_url(re.compile("item="))
    expect(page.locator(".acts-at").first).to_contain_text("harmful")
    assert MARKER not in page.content()
