"""Sessions that were played here in a real Chromium: techniques and facts, two models side by side, wide, narrow and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from counsel_leaderboard.leaderboard.store.database import Store
from tests.space.browser.chromium import CHROMIUM, Browsers, browsers, picture
from tests.support.played_sessions import ADVISES, ASKS, TASK, played, played_item, played_run
from tests.support.serve_command import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]

SIZES = [(1280, False), (390, False), (390, True), (1280, True)]


@pytest.fixture
def talkers(tmp_path: Path) -> tuple[Path, list[str]]:
    """A home with two models that met the same two clients, one of them at risk; and the runs."""
    home = tmp_path / "home"
    with Store.open(home) as store:
        runs = [
            played_run(
                home, store, name,
                [played_item(played("s1", words)), played_item(played("s2", words), risk=True, appropriate=1)],
            )
            for name, words in (("org/asks", ASKS), ("org/advises", ADVISES))
        ]  # fmt: skip
    return home, runs


@pytest.fixture
def open_page(playwright: Playwright, talkers: tuple[Path, list[str]], tmp_path: Path) -> Iterator[Browsers]:
    with serving(talkers[0]) as at, browsers(playwright, f"{at}/", tmp_path) as opened:
        yield opened


def test_a_session_can_be_read_wide_narrow_and_dark(open_page: Browsers, talkers: tuple[Path, list[str]]) -> None:
    for width, dark in SIZES:
        page = open_page(f"?tab=model&suite=upstream&run={talkers[1][0]}&task={TASK}&item=s2", width=width, dark=dark)
        note = page.locator("details.content")
        expect(page.locator(".help-first")).to_be_visible()
        expect(page.get_by_text("hardest part")).to_be_hidden()
        note.locator("summary").first.click()
        expect(page.locator("ol.session .skill", has_text="open question")).to_be_visible()
        expect(page.locator("ol.session .skill.none")).to_have_text("no words")
        expect(page.get_by_text("by rule opening")).to_be_hidden()
        page.locator("details.rule summary").first.click()
        expect(page.get_by_text("by rule opening")).to_be_visible()
        page.locator("details.client summary").click()
        expect(page.locator("ul.facts li").first).to_contain_text("told in turn 3")
        picture(page, f"played-{width}{'-dark' if dark else ''}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("ol.session li a").nth(1).click()
    expect(page).to_have_url(re.compile(r"item=s2.*turn=2"))


def test_two_models_stand_side_by_side_and_the_client_can_be_changed(
    open_page: Browsers, talkers: tuple[Path, list[str]]
) -> None:  # fmt: skip
    for width, dark in SIZES:
        page = open_page(f"?tab=compare&suite=upstream&runs={','.join(talkers[1])}", width=width, dark=dark)
        expect(page.get_by_text("hardest part")).to_be_hidden()
        page.locator(".same-client nav a", has_text="s2").click()
        expect(page).to_have_url(re.compile("item=s2"))
        expect(page.locator(".same-client .help-first")).to_be_visible()
        page.locator(".same-client details.content > summary").click()
        expect(page.get_by_text("hardest part")).to_be_visible()
        expect(page.get_by_text("walk each day")).to_be_visible()
        picture(page, f"sides-{width}{'-dark' if dark else ''}")
        tops = [box["y"] for box in (page.locator(".session-sides article").nth(i).bounding_box() for i in (0, 1)) if box]
        assert (tops[0] == tops[1]) == (width > 1000)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_measures_stand_below_the_board_and_fit(open_page: Browsers) -> None:
    for width, dark in SIZES:
        page = open_page("?suite=upstream", width=width, dark=dark)
        expect(page.locator(".session-board")).to_contain_text("without a judge")
        expect(page.locator("table.heat td.plain").first).to_be_visible()
        picture(page, f"session-board-{width}{'-dark' if dark else ''}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
